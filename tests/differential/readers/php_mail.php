<?php
// mailparse, Mail_RFC822 and, where there is one, imap (c-client; Debian 13 no longer has it).
error_reporting(0);
@include_once 'Mail/RFC822.php';

if ($argc > 1) {
    echo 'PHP ', PHP_VERSION, ', mailparse ', phpversion('mailparse'), ', imap ', phpversion('imap') ?: 'missing',
        ', Mail_RFC822 ', class_exists('Mail_RFC822') ? 'of php-mail' : 'missing', "\n";
    exit;
}

function joined($list) {
    $all = [];
    foreach ((array)$list as $one) {
        if (!is_object($one) || !isset($one->mailbox)) continue;
        // c-client's mark of an error, which is no address.
        if (($one->host ?? '') === '.SYNTAX-ERROR.') continue;
        $all[] = isset($one->host) && $one->host !== '' ? "$one->mailbox@$one->host" : $one->mailbox;
    }
    return $all;
}
function mailparse($value) {
    $all = [];
    foreach (mailparse_rfc822_parse_addresses($value) as $one) {
        if ($one['is_group']) {
            $members = rtrim(substr(strstr($one['address'], ':'), 1), ';');
            if ($members !== '') foreach (mailparse($members) as $a) $all[] = $a;
        }
        else $all[] = $one['address'];
    }
    return $all;
}
function decoded($value) { return iconv_mime_decode($value, 2, 'UTF-8'); }

$pear = new Mail_RFC822();
$readings = [
    'mailparse' => 'mailparse',
    'decode, then mailparse' => fn($v) => mailparse(decoded($v)),
    'mailparse, of a message' => function ($v) {
        $mail = mailparse_msg_create();
        mailparse_msg_parse($mail, "From: $v\r\n\r\nbody\r\n");
        $from = mailparse_msg_get_part_data($mail)['headers']['from'];
        mailparse_msg_free($mail);
        return mailparse(is_array($from) ? implode(',', $from) : $from);
    },
    'Mail_RFC822' => fn($v) => joined($pear->parseAddressList($v, '', false, false)),
    'Mail_RFC822, of an unfolded field' => fn($v) =>
        joined($pear->parseAddressList(preg_replace('/\r?\n/', '', $v), '', false, false)),
    'decode, then Mail_RFC822' => fn($v) =>
        joined($pear->parseAddressList(mb_decode_mimeheader($v), '', false, false)),
];
$has_imap = extension_loaded('imap');
if ($has_imap) {
    $readings += [
        'imap' => fn($v) => joined(imap_rfc822_parse_adrlist($v, 'example.com')),
        'imap, of a message' => fn($v) =>
            joined(imap_rfc822_parse_headers("From: $v\r\n\r\n", 'example.com')->from),
        'decode, then imap' => fn($v) => joined(imap_rfc822_parse_adrlist(imap_utf8($v), '')),
    ];
}

while (($line = fgets(STDIN)) !== false) {
    $value = hex2bin(trim($line));
    $parts = [];
    foreach ($readings as $name => $read) {
        try {
            $addresses = array_filter($read($value), fn($a) => (string)$a !== '');
        } catch (Throwable $error) {
            $addresses = [];
        }
        if ($has_imap) imap_errors();
        $parts[] = "$name=" . implode(',', array_map('bin2hex', $addresses));
    }
    echo implode(';', $parts), "\n";
    fflush(STDOUT);
}
