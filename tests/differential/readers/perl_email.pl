#!/usr/bin/perl
# Email::Address::XS, Email::MIME, Mail::Address and Mail::Message.
use strict;
use warnings;
no warnings;

use Email::Address::XS ();
use Email::MIME ();
use Encode ();
use Mail::Address ();
use Mail::Internet ();
use Mail::Message ();

if (@ARGV) {
    print "Email::Address::XS $Email::Address::XS::VERSION, Email::MIME $Email::MIME::VERSION, ",
        "Mail::Address $Mail::Address::VERSION, Mail::Message $Mail::Message::VERSION\n";
    exit;
}

sub decoded { return Encode::encode('UTF-8', Encode::decode('MIME-Header', $_[0])) }
sub xs { return map { $_->address // $_->user } Email::Address::XS->parse($_[0]) }
sub mail_address { return map { $_->address } Mail::Address->parse($_[0]) }

my @readings = (
    ['Email::Address::XS', sub { xs($_[0]) }],
    ['Email::Address::XS, groups', sub {
        map { $_->address // $_->user }
            map { ref $_ eq 'ARRAY' ? @$_ : () } Email::Address::XS::parse_email_groups($_[0]) }],
    ['Email::Address::XS, bare', sub {
        my $one = Email::Address::XS->parse_bare_address($_[0]); $one->address // () }],
    ['decode, then Email::Address::XS', sub { xs(decoded($_[0])) }],
    ['Email::MIME', sub {
        my $mail = Email::MIME->new("From: $_[0]\n\nbody\n");
        map { $_->address // $_->user } $mail->header_as_obj('From')
            ? $mail->header_as_obj('From')->addresses : () }],
    ['Email::MIME, header_str', sub {
        xs(Encode::encode('UTF-8', Email::MIME->new("From: $_[0]\n\nbody\n")->header_str('From'))) }],
    ['Mail::Address', sub { mail_address($_[0]) }],
    ['decode, then Mail::Address', sub { mail_address(decoded($_[0])) }],
    ['Mail::Internet', sub {
        open my $in, '<', \"From: $_[0]\n\nbody\n";
        mail_address(Mail::Internet->new($in)->head->get('From')) }],
    ['Mail::Message', sub {
        map { $_->address } Mail::Message->read("From: $_[0]\n\nbody\n")->from }],
    ['Mail::Message, study', sub {
        my $from = Mail::Message->read("From: $_[0]\n\nbody\n")->study('from');
        map { $_->address } $from->addresses }],
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
