"""A project in a language without a folder is optimized by the edits of its own Dockerfile."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import found, provide

import unladen
from unladen.climb.interface import Proved

pytestmark = pytest.mark.engine

DOCKERFILE = """\
# A shop in Perl
FROM debian:bookworm
RUN apt-get update
RUN apt-get install -y libhttp-daemon-perl
WORKDIR /srv
COPY . .
EXPOSE 8080
CMD perl server.pl
"""
SERVER = """\
use strict; use HTTP::Daemon; use HTTP::Response;
$SIG{TERM} = sub { exit 0 };
my $daemon = HTTP::Daemon->new(LocalAddr => '0.0.0.0', LocalPort => 8080, ReuseAddr => 1) or die;
while (my $client = $daemon->accept) {
    if (my $request = $client->get_request) {
        my %pages = ('/' => '<a href="/list">list</a>', '/list' => 'pears');
        my $page = $pages{$request->uri->path};
        my $head = ['Content-Type', 'text/html'];
        $client->send_response(HTTP::Response->new(defined $page ? 200 : 404, undef, $head, $page // 'none'));
    }
    $client->close;
}
"""


def test_a_perl_program_is_tidied_and_moved_to_a_lighter_base(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    (project / "Dockerfile").write_text(DOCKERFILE)
    (project / "server.pl").write_text(SERVER)
    engine = found("docker")
    provide(engine, "debian:bookworm", "debian:bookworm-slim")
    engine.close()
    climb = unladen.optimize(
        project, rungs=("tidy", "lighter-base"), engine="docker", time="none", cache=tmp_path / "cache"
    )
    tidy, lighter = climb.rungs
    assert climb.project.language == "unknown"
    assert isinstance(tidy, Proved) and isinstance(lighter, Proved), climb.rungs
    sizes = [each.weight.size_bytes for each in (climb.baseline, tidy, lighter)]
    assert sizes == sorted(sizes, reverse=True) and climb.recommended == "lighter-base"
    text = lighter.rung.dockerfile
    assert text.startswith("# A shop in Perl\nFROM debian:bookworm-slim\n")
    assert "netbase" in text  # which came as a recommended package, and libc looks up names of services in it
    assert 'CMD ["perl", "server.pl"]' in text


COMPILED = """\
FROM debian:bookworm
RUN apt-get update \\
 && apt-get install -y --no-install-recommends gcc libc6-dev libyaml-dev \\
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 1000 counter && mkdir /data && chown counter /data
WORKDIR /srv
COPY . .
RUN gcc -o lengths lengths.c -lyaml
VOLUME /data
USER counter
ENTRYPOINT ["/srv/lengths"]
"""
LENGTHS = """\
#include <stdio.h>
#include <string.h>
#include <yaml.h>
int main(int count, char **words) {
    if (count > 1 && !strcmp(words[1], "--help")) return !puts("usage: lengths WORD...");
    FILE *log = fopen("/data/log", "a");
    for (int at = 1; at < count; at++) {
        printf("%s %s %zu\\n", yaml_get_version_string(), words[at], strlen(words[at]));
        if (log) fprintf(log, "%s\\n", words[at]);
    }
    return log == NULL || count < 2;
}
"""


def test_what_the_users_steps_compile_leaves_the_compiler_behind(tmp_path: Path) -> None:
    project = tmp_path / "lengths"
    project.mkdir()
    (project / "Dockerfile").write_text(COMPILED)
    (project / "lengths.c").write_text(LENGTHS)
    (project / "unladen.toml").write_text('[[verify.command]]\nargs = ["pears", "plums"]\n')
    engine = found("docker")
    provide(engine, "debian:bookworm", "debian:bookworm-slim")
    engine.close()
    climb = unladen.optimize(
        project, rungs=("split",), engine="docker", time="none", cache=tmp_path / "cache"
    )
    [split] = climb.rungs
    assert isinstance(split, Proved), split
    assert split.weight.size_bytes < climb.baseline.weight.size_bytes - 100_000_000
    text = split.rung.dockerfile
    assert text.startswith(COMPILED.replace("FROM debian:bookworm\n", "FROM debian:bookworm AS build\n"))
    last = text.rpartition("FROM debian:bookworm-slim")[2]
    assert "libyaml-0-2" in last and "gcc" not in last and "USER counter" in last and "VOLUME /data" in last
