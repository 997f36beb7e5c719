dnl # relaypermit.m4: what Sendmail needs to ask relaypermitd.
dnl #
dnl # Use: copy it to /etc/mail/relaypermit.m4, and in /etc/mail/sendmail.mc put
dnl #
dnl #     include(`/etc/mail/relaypermit.m4')dnl
dnl #
dnl # behind the FEATUREs and before the first MAILER. Remove the DAEMON_OPTIONS lines
dnl # (and, on Debian, the FEATURE(`no_default_msa')) that sendmail.mc has already. Then
dnl # build sendmail.cf as ever (`sendmailconfig', `make -C /etc/mail') and restart. To
dnl # paste the lines instead, mind that the columns of R lines are separated by tabs.
dnl #
dnl # In the policy:
dnl #
dnl #     [listen]
dnl #     milter    = "unix:/run/relaypermit/milter.sock"
dnl #     socketmap = "unix:/run/relaypermit/map.sock"
dnl #
dnl # and, where systemd opens the sockets, relaypermitd.socket.d/sendmail.conf beside this
dnl # file as /etc/systemd/system/relaypermitd.socket.d/sendmail.conf.
dnl #
dnl # Nothing here permits anything. Sendmail's own rules go on deciding who may relay
dnl # (class R, the access map, logins by TRUST_AUTH_MECH); these lines add refusals and
dnl # replace the text of refusals. That holds with relaypermitd stopped, hung or gone mad.

dnl # The ports. Sendmail's built-in submission port has other flags, so it goes.
FEATURE(`no_default_msa')dnl
dnl #
dnl # Name= is {daemon_name} for the policy; its [submission] knows MSA-v4 and the ports
dnl # 587 and 465 without being told. M=E forbids ETRN. Do not write M=Ea: with the flag a
dnl # Sendmail itself answers "530 5.7.0 Authentication required" before any milter is
dnl # asked, and the user never reads why. The milter refuses the same sessions, at MAIL.
dnl # M=s is TLS from the first byte.
dnl #
dnl # For IPv6 write Family=inet6 in place of Family=inet: on Linux that serves IPv4 as
dnl # well. With both on one port Sendmail stops answering ("Address already in use").
DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl
DAEMON_OPTIONS(`Family=inet, Name=MSA-v4, Port=submission, M=E')dnl
DAEMON_OPTIONS(`Family=inet, Name=MSA-v4, Port=465, M=Es')dnl

dnl # The milter. F=T: while relaypermitd is away, try again later: 454 at STARTTLS and AUTH,
dnl # 451 at MAIL, and on 465 Sendmail hangs up. F=R refuses for good, and without F=
dnl # Sendmail goes on as if there were no milter. T=R:15s is more than any answer takes.
dnl # A unix socket: over TCP each message waits 40 ms. Sendmail
dnl # calls the socket unsafe if its directory may be written to by group or others, and
dnl # then answers 451 as well: leave /run/relaypermit 0755 or 0750.
INPUT_MAIL_FILTER(`relaypermit', `S=local:/run/relaypermit/milter.sock, F=T, T=C:10s;S:5s;R:15s;E:1m')dnl

dnl # The reason in place of "Relaying denied". Sendmail refuses to relay in check_rcpt,
dnl # before it asks a milter, so on port 25 the text has to come from a map.
dnl #
dnl # -f and -q send the addresses as they were typed: without them they arrive in lower
dnl # case and without their quotes, and then "a!b"@c cannot be told from a!b@c. -d5s: a map
dnl # that hangs costs 5 seconds and the client gets 451. -a marks an answer, -T a failure.
LOCAL_CONFIG
Krelaypermit socket -f -q -d5s -a<OK> -T<TMPF> local:/run/relaypermit/map.sock
dnl # The codes that an answer may choose: those that a policy may. All of them refuse.
C{RelayPermitCode}400 401 402 403 404 405 406 407 408 409
C{RelayPermitCode}410 411 412 413 414 415 416 417 418 419
C{RelayPermitCode}420 422 423 424 425 426 427 428 429
C{RelayPermitCode}430 431 432 433 434 435 436 437 438 439
C{RelayPermitCode}440 441 442 443 444 445 446 447 448 449
C{RelayPermitCode}450 451 452 453 454 455 456 457 458 459
C{RelayPermitCode}500 501 502 503 504 505 506 507 508 509
C{RelayPermitCode}510 511 512 513 514 515 516 517 518 519
C{RelayPermitCode}520 522 523 524 525 526 527 528 529
C{RelayPermitCode}530 531 532 533 534 535 536 537 538 539
C{RelayPermitCode}540 541 542 543 544 545 546 547 548 549
C{RelayPermitCode}550 551 552 553 554 555 556 557 558 559

dnl # Local_check_rcpt runs ahead of Sendmail's own check_rcpt. It first asks the two rulesets
dnl # that will decide there. Where they permit, or have a reason of their own to refuse
dnl # (a blocked recipient, a name that does not resolve just now), it leaves it to them:
dnl # `$@ OK' here only means "go on". What remains is a refusal to relay. Rules that
dnl # sendmail.mc has already under SLocal_check_rcpt run before or behind these, as they
dnl # stand in the file: `$@' in one of them skips the rest.
dnl #
dnl # The key is  queue id!port!client!mechanism!sender!<recipient>.  The mechanism and
dnl # the null sender are empty, IPv6 clients read IPv6:2001:db8:0:0:0:0:0:1. A `!' may
dnl # stand in sender and recipient: read the first four from the left, and find the
dnl # sender's end at the first `!<' outside quotes (or the last `!', as RCPT TO:a@b without
dnl # the brackets is let through).
dnl #
dnl # The answer is  OK 550 5.7.1 "text"  or  NOTFOUND , both with a blank behind the word:
dnl # a bare OK ends the Sendmail process. The text has to be one string in double quotes,
dnl # with \ before " and \, or words run together and what is in parentheses vanishes. %
dnl # has to be doubled. Sendmail cuts what is longer than 248 bytes between the quotes, and
dnl # gives an error of its own in place of a string of 255. ASCII only.
LOCAL_RULESETS
SLocal_check_rcpt
R$*			$: $1 $| $>Rcpt_ok $1
R$* $| $#$*		$@ OK
R$* $| RELAY		$@ OK
R$* $| $*		$: $1 $| $>Relay_ok $1
R$* $| $#TEMP $*	$@ OK
R$* $| RELAY		$@ OK
R$* $| $*		$: $1
R$*			$: <?> $(relaypermit $&i ! $&{daemon_port} ! $&{client_addr} ! $&{auth_type} ! $&f ! $1 $)
R<?> $={RelayPermitCode} $-.$-.$- $+ <OK>	$#error $@ $2.$3.$4 $: $1 " " $5
R<?> $+ <OK>		$#error $@ 5.7.1 $: "550 " $1
dnl # No answer: nothing of the map may stay behind, whatever it was.
R$*			$@ OK
divert(0)dnl
