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
find /var/log -type f -delete
find /var/lib/dpkg /var/cache/debconf -name '*-old' -type f -delete
find /etc -name '*-' -type f -delete
