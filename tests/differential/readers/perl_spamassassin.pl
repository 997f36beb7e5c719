#!/usr/bin/perl
# Mail::SpamAssassin: what its rules see as From:addr, and all addresses of the field.
use strict;
use warnings;
no warnings;

use Mail::SpamAssassin ();
use Mail::SpamAssassin::PerMsgStatus ();

if (@ARGV) {
    print "Mail::SpamAssassin ", Mail::SpamAssassin::Version(), "\n";
    exit;
}

# Without rules and preferences: only the reader of headers is asked.
my $spamassassin = Mail::SpamAssassin->new({
    dont_copy_prefs => 1, local_tests_only => 1, require_rules => 0, config_text => "\n",
    userprefs_filename => '/dev/null' });

sub of_message {
    my ($value, $what) = @_;
    my $mail = $spamassassin->parse("From: $value\n\nbody\n", 0);
    my $status = Mail::SpamAssassin::PerMsgStatus->new($spamassassin, $mail);
    my @found = $status->get($what);
    $status->finish;
    $mail->finish;
    return @found;
}

my @readings = (
    ['SpamAssassin', sub { of_message($_[0], 'From:addr') }],
    ['SpamAssassin, first', sub { of_message($_[0], 'From:first:addr') }],
    ['SpamAssassin, last', sub { of_message($_[0], 'From:last:addr') }],
    ['SpamAssassin, all', sub {
        map { $_->{address} } Mail::SpamAssassin::Util::parse_header_addresses($_[0]) }],
);

$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    my $value = pack 'H*', $line;
    my @parts;
    for my $reading (@readings) {
        my ($name, $read) = @$reading;
        my @addresses = eval { $read->($value) };
        @addresses = grep { defined && length } @addresses;
        push @parts, "$name=" . join ',', map {
            my $bytes = "$_";
            utf8::encode($bytes) if utf8::is_utf8($bytes);
            unpack 'H*', $bytes } @addresses;
    }
    print join(';', @parts), "\n";
}
