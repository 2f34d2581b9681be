#!/usr/bin/perl
# Counts in a file, and runs reports that are shell scripts.
use strict;
use warnings;
use lib '/opt/counter/lib';
use IO::Socket::INET;
use POSIX qw(strftime);
use Counter;

my $home = '/opt/counter';
$| = 1;
$SIG{TERM} = sub { print "counter ends\n"; exit 0 };
$SIG{PIPE} = 'IGNORE';
my $data = $ENV{DATA} || '/var/lib/counter';
my $server = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 16, ReuseAddr => 1)
    or die "cannot listen: $!\n";
print "counter listens on 9000\n";

while (1) {
    my $client = $server->accept or next;
    my $line = <$client> // '';
    my $length = 0;
    while (defined(my $header = <$client>)) {
        last if $header =~ /^\r?\n$/;
        $length = $1 if $header =~ /^Content-Length:\s*(\d+)/i;
    }
    read($client, my $body, $length) if $length;
    my ($method, $path) = $line =~ m{^(\S+)\s+(\S+)};
    my ($status, $type, $answer) = answer($method // '', $path // '', $body // '');
    print $client "HTTP/1.1 $status\r\nContent-Type: $type\r\nContent-Length: ", length $answer,
        "\r\nServer: counter/1\r\nConnection: close\r\n\r\n", $method eq 'HEAD' ? '' : $answer;
    close $client;
}

sub answer {
    my ($method, $path, $body) = @_;
    $path =~ s/\?.*//s;
    return file('pages/home.html', 'text/html; charset=utf-8') if $path eq '/';
    return file('pages/style.css', 'text/css') if $path eq '/style.css';
    return ('200 OK', 'text/plain', "ok\n") if $path eq '/health';
    if ($path =~ m{^/count/(\w+)$}) {
        my $count = $method eq 'POST' ? Counter::add($data, $1) : Counter::of($data, $1);
        return defined $count ? ('200 OK', 'text/plain', "$count\n") : ('500 Internal Server Error', 'text/plain', "cannot count\n");
    }
    if ($path =~ m{^/reports/(\w+)$} && -e "$home/reports/$1") {
        my $said = `$home/reports/$1 2>&1`;
        return $? ? ('500 Internal Server Error', 'text/plain', $said) : ('200 OK', 'text/plain', $said);
    }
    if ($path eq '/midsummer') {
        my $date = strftime('%A %d %B %H:%M %Z', localtime 1719835200);
        return ('200 OK', 'text/plain', "$date\n");
    }
    return ('404 Not Found', 'text/plain', "nothing here\n");
}

sub file {
    my ($name, $type) = @_;
    open my $in, '<', "$home/$name" or return ('500 Internal Server Error', 'text/plain', "$name: $!\n");
    local $/;
    return ('200 OK', $type, scalar <$in>);
}
