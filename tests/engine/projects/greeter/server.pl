#!/usr/bin/perl
# A small HTTP server of Perl's own: one request a connection.
use strict;
use warnings;
use lib '/app/lib';
use IO::Socket::INET;

$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 8000, Listen => 16, ReuseAddr => 1) or die "cannot listen: $!";
while (1) {
    my $client = $server->accept or next;
    my $request = <$client> // '';
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my ($path) = $request =~ m{^GET (\S+)};
    my ($status, $body) = answer($path // '');
    my $length = length $body;
    print $client "HTTP/1.1 $status\r\nContent-Type: text/plain\r\nContent-Length: $length\r\nConnection: close\r\n\r\n$body";
    close $client;
}

sub answer {
    my ($path) = @_;
    return ('200 OK', "fine\n") if $path eq '/health';
    if ($path =~ m{^/hello/(\w+)$}) {
        require Greeting;
        return ('200 OK', Greeting::to($1));
    }
    if ($path eq '/system') {
        open my $file, '<', '/etc/os-release' or return ('500 Internal Server Error', "cannot read: $!\n");
        return ('200 OK', scalar <$file>);
    }
    return ('404 Not Found', "nothing here\n");
}
