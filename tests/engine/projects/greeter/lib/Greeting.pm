package Greeting;
use strict;
use warnings;
use List::Util qw(first);

sub to {
    my ($name) = @_;
    my $greeting = first { length > 2 } ('hi', 'hello', 'good morning');
    return "$greeting, $name\n";
}

1;
