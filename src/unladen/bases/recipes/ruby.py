"""ruby: Debian's interpreter under the names and with the settings of Docker Hub's image.

There Ruby is built with the prefix /usr/local, gems go to /usr/local/bundle, and its programs are the first on PATH.
"""

from __future__ import annotations

from unladen.bases.family import Family, slim
from unladen.bases.recipe import Bootstrapped, Recipe, Settings
from unladen.bases.recipes import buildpack
from unladen.bases.recipes.debian import PATH

_FINISH = """\
for name in ruby gem bundle bundler erb irb rake rdoc ri; do
    if [ -e /usr/bin/$name ]; then ln -s ../../bin/$name /usr/local/bin/$name; fi
done
mkdir -p /usr/local/bundle
chmod 1777 /usr/local/bundle
"""

_SETTINGS = Settings(
    env={
        "PATH": f"/usr/local/bundle/bin:{PATH}",
        "LANG": "C.UTF-8",
        "GEM_HOME": "/usr/local/bundle",
        "BUNDLE_SILENCE_ROOT_WARNING": "1",
        "BUNDLE_APP_CONFIG": "/usr/local/bundle",
    },
    cmd=("irb",),
)
_INTERPRETER = ("ca-certificates", "libyaml-0-2", "netbase", "ruby", "ruby-bundler", "tzdata")

RECIPES = (
    Recipe(
        "ruby:3.1",
        Bootstrapped("bookworm", (*buildpack.FULL, *_INTERPRETER, "ruby-dev"), finish=_FINISH),
        _SETTINGS,
        aliases=("ruby:3.1-bookworm",),
    ),
    Recipe(
        "ruby:3.1-slim",
        Bootstrapped("bookworm", _INTERPRETER, slim=True, finish=_FINISH),
        _SETTINGS,
        aliases=("ruby:3.1-slim-bookworm",),
    ),
)

FAMILIES = (Family("ruby", slim, "compilers and development headers"),)
