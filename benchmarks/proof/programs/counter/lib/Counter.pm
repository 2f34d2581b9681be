package Counter;
# A count is the size of a file: a byte a time.
use strict;
use warnings;
use Fcntl qw(:flock);

sub of { my ($folder, $name) = @_; return -s "$folder/$name" || 0 }

sub add {
    my ($folder, $name) = @_;
    open my $out, '>>', "$folder/$name" or return undef;
    flock $out, LOCK_EX;
    print $out '.';
    close $out;
    return of($folder, $name);
}

1;
