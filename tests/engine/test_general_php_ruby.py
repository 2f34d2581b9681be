"""Projects in PHP and Ruby, of whose languages nothing is known: their own Dockerfiles are what is optimized."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from engines import found, provide

import unladen
from unladen.climb.interface import Climb, Proved

pytestmark = pytest.mark.engine

PHP = {
    "Dockerfile": """\
# Notes, in PHP
FROM debian:bookworm
RUN apt-get update
RUN apt-get install -y php-cli php-sqlite3 php-mbstring make gettext
RUN mkdir -p /var/lib/notes && chown www-data:www-data /var/lib/notes
WORKDIR /srv/notes
COPY . .
# the words of the pages, compiled
RUN make -C words
ENV NOTES=/var/lib/notes/notes.db
VOLUME /var/lib/notes
USER www-data
EXPOSE 8080
CMD php -S 0.0.0.0:8080 public/index.php
""",
    "words/Makefile": "all: de.mo\n%.mo: %.po\n\tmsgfmt -o $@ $<\n",
    "words/de.po": 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "all"\nmsgstr "alle"\n',
    "src/Store.php": """\
<?php
namespace Notes;

class Store
{
    private \\PDO $db;

    public function __construct(string $path)
    {
        $this->db = new \\PDO("sqlite:$path");
        $this->db->exec('CREATE TABLE IF NOT EXISTS notes (text TEXT)');
    }

    public function add(string $text): void
    {
        $this->db->prepare('INSERT INTO notes VALUES (?)')->execute([mb_strtoupper($text)]);
    }

    public function all(): array
    {
        return $this->db->query('SELECT text FROM notes')->fetchAll(\\PDO::FETCH_COLUMN);
    }
}
""",
    "public/index.php": """\
<?php
require __DIR__ . '/../src/Store.php';
$words = strlen(file_get_contents(__DIR__ . '/../words/de.mo'));
$store = new Notes\\Store(getenv('NOTES'));
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/notes' && $_SERVER['REQUEST_METHOD'] === 'POST') {
    $store->add(file_get_contents('php://input'));
    http_response_code(201);
} elseif ($path === '/notes') {
    header('Content-Type: application/json');
    echo json_encode($store->all());
} elseif ($path === '/') {
    echo "<h1>Notes</h1><a href=\"/notes\">all</a> $words";
} else {
    http_response_code(404);
}
""",
    "unladen.toml": """\
[[verify.request]]
method = "POST"
path = "/notes"
body = "grün"
[[verify.request]]
path = "/notes"
""",
}

RUBY = {
    "Dockerfile": """\
# A counter of words, in Ruby, with a part in C
FROM ruby:3.1
WORKDIR /srv/words
COPY . .
RUN cd ext && ruby extconf.rb && make && make install && make clean
EXPOSE 8080
STOPSIGNAL SIGINT
CMD ["ruby", "server.rb"]
""",
    "ext/extconf.rb": 'require "mkmf"\ncreate_makefile("words")\n',
    "ext/words.c": """\
#include <ruby.h>
static VALUE count(VALUE self, VALUE text) {
    long words = 0; int inside = 0;
    for (const char *at = StringValueCStr(text); *at; at++) {
        if (*at == ' ') inside = 0;
        else if (!inside) { inside = 1; words++; }
    }
    return LONG2NUM(words);
}
void Init_words(void) { rb_define_module_function(rb_define_module("Words"), "count", count, 1); }
""",
    "server.rb": """\
require "socket"
require "json"
require "uri"
require "words"

server = TCPServer.new("0.0.0.0", 8080)
%w[INT TERM].each { |name| trap(name) { exit! 0 } }
loop do
  client = server.accept
  path = client.gets.to_s.split[1].to_s
  while (line = client.gets) && line != "\\r\\n"; end
  text = URI.decode_www_form_component(path[/text=([^&]*)/, 1].to_s)
  body = path == "/" ? '<a href="/count?text=a+b">count</a>' : JSON.generate(words: Words.count(text))
  type = path == "/" ? "text/html" : "application/json"
  client.write "HTTP/1.1 200 OK\\r\\nContent-Type: #{type}\\r\\nConnection: close\\r\\n\\r\\n"
  client.write body
  client.close
end
""",
    "unladen.toml": '[[verify.request]]\npath = "/count?text=one+two+three"\n',
}


def climbed(folder: Path, files: Mapping[str, str], rungs: tuple[str, ...], *bases: str) -> Climb:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    engine = found("docker")
    provide(engine, *bases)
    engine.close()
    return unladen.optimize(folder, rungs=rungs, engine="docker", time="none", cache=folder.parent / "cache")


def size(climb: Climb, name: str) -> int:
    each = next(each for each in climb.rungs if each.rung.name == name)
    assert isinstance(each, Proved), each
    return each.weight.size_bytes


def test_a_php_project_is_tidied_and_moved_to_a_lighter_base(tmp_path: Path) -> None:
    rungs = ("tidy", "lighter-base", "split")
    climb = climbed(tmp_path / "notes", PHP, rungs, "debian:bookworm", "debian:bookworm-slim")
    assert climb.project.language == "unknown"
    sizes = [climb.baseline.weight.size_bytes, *(size(climb, name) for name in rungs)]
    assert sizes == sorted(sizes, reverse=True) and climb.recommended in rungs[1:], sizes


def test_a_ruby_project_runs_where_no_compiler_is(tmp_path: Path) -> None:
    climb = climbed(tmp_path / "words", RUBY, ("split",), "ruby:3.1", "ruby:3.1-slim")
    assert climb.project.language == "unknown"
    split = size(climb, "split")
    assert split < climb.baseline.weight.size_bytes - 300_000_000
