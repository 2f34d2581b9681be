# Modules by name in a string, functions that are loaded when they are called, tables of Unicode.
use strict;
use warnings;
use utf8;
binmode STDOUT, ":encoding(UTF-8)";
my ($task, $text) = @ARGV;
my %tasks = (
    names  => sub { require charnames; charnames::viacode(hex $text) },
    digest => sub { my $class = "Digest::SHA"; eval "require $class" or die; $class->new(256)->add($text)->hexdigest },
    encode => sub { require Encode; unpack "H*", Encode::encode("gb2312", "\x{4e2d}\x{6587}") },
    posix  => sub { require POSIX; POSIX::strftime("%A %j", gmtime $text) },
    uri    => sub { require URI; URI->new($text)->host },
    mime   => sub { require MIME::Base64; MIME::Base64::encode_base64($text) },
    props  => sub { join " ", grep { $text =~ /\p{$_}/ } qw(Alpha Digit Upper) },
);
my $run = $tasks{ $task // "" } or die "no such task\n";
print $run->(), "\n";
