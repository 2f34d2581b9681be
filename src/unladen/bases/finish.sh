# Runs inside every bootstrapped system at its end: apt's, dpkg's and services' settings of Docker Hub's Debian
# images; then whatever tells of the host or of the day goes away.
cat > /usr/sbin/policy-rc.d <<'FILE'
#!/bin/sh
# No service starts while an image is built.
exit 101
FILE
chmod 755 /usr/sbin/policy-rc.d
cat > /etc/apt/apt.conf.d/docker-clean <<'FILE'
# No downloaded packages and no caches stay in a layer.
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
FILE
cat > /etc/apt/apt.conf.d/docker-gzip-indexes <<'FILE'
# Package lists are kept compressed.
Acquire::GzipIndexes "true";
FILE
cat > /etc/apt/apt.conf.d/docker-no-languages <<'FILE'
# No translated package descriptions.
Acquire::Languages "none";
FILE
cat > /etc/apt/apt.conf.d/docker-autoremove-suggests <<'FILE'
# A package that is only suggested does not stay after `apt-get purge --auto-remove`.
Apt::AutoRemove::SuggestsImportant "false";
FILE
mv /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/docker
rm -f /etc/apt/sources.list /etc/hostname /etc/resolv.conf
rm -f /var/cache/ldconfig/aux-cache /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /etc/apt/apt.conf.d/99mmdebstrap
# Bytecode was compiled to be checked by a hash of its source at every import, since the assembly sets
# SOURCE_DATE_EPOCH. Elsewhere it is checked by the source's time: quicker, so that is what it gets here.
if [ -x /usr/bin/python3 ]; then
    /usr/bin/python3 - <<'PYTHON'
import importlib.util, os, pathlib, struct
newest = int(os.environ["SOURCE_DATE_EPOCH"])
for library in [*pathlib.Path("/usr/lib").glob("python3*"), *pathlib.Path("/usr/local/lib").glob("python3*")]:
    for compiled in library.rglob("__pycache__/*.pyc"):
        source = importlib.util.source_from_cache(compiled)
        if not os.path.exists(source):
            continue
        facts = os.stat(source)
        if facts.st_mtime > newest:
            os.utime(source, (newest, newest))
        with open(compiled, "r+b") as file:
            file.seek(4)
            file.write(struct.pack("<III", 0, min(int(facts.st_mtime), newest), facts.st_size))
PYTHON
fi
# What came in from the host came with its owner.
chown -R root:root /var/lib/apt/lists /var/cache/apt
find /var/log -type f -delete
find /var/lib/dpkg /var/cache/debconf -name '*-old' -type f -delete
find /etc -name '*-' -type f -delete
