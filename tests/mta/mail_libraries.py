"""What programs of our own send mail by, in seven languages: each sends one letter by a server that it logs in to;
what the library says then."""

from __future__ import annotations

import smtplib
import ssl
import subprocess
import sys
from pathlib import Path

from daemon import TREE, program
from mail_programs import REMOTE, Letter, Program, ran
from world import PASSWORD

sys.path.insert(0, str(TREE / "tests" / "differential"))

from readers import install_npm  # noqa: E402

HERE = Path(__file__).parent / "senders"


def net_smtp_of_perl(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "perl", "-MNet::SMTP", "-MIO::Socket::SSL", "-e", """
my ($port, $login, $password, $sender, $to, $text) = @ARGV;
my $s = Net::SMTP->new('127.0.0.1', Port => $port, SSL_verify_mode => 0) or die;
sub must { $_[0] or do { print $s->code, ' ', $s->message; exit } }
must($s->starttls(SSL_verify_mode => 0)); must($s->auth($login, $password));
must($s->mail($sender)); must($s->to($to)); must($s->data($text)); print 'sent';""", str(port), letter.login, PASSWORD,
               letter.sender, REMOTE, letter.text)


def email_sender_of_perl(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "perl", "-MEmail::Sender::Transport::SMTP", "-MEmail::Sender::Simple=sendmail", "-e", """
my ($port, $login, $password, $sender, $to, $text) = @ARGV;
my $by = Email::Sender::Transport::SMTP->new(host => '127.0.0.1', port => $port, ssl => 'starttls',
    ssl_options => {SSL_verify_mode => 0}, sasl_username => $login, sasl_password => $password);
eval { sendmail($text, {from => $sender, to => [$to], transport => $by}); print 'sent'; 1 } or print $@->message;""",
               str(port), letter.login, PASSWORD, letter.sender, REMOTE, letter.text)


def phpmailer(folder: Path, port: int, letter: Letter) -> str:
    """What it throws has no reason where the message was refused: that is in ErrorInfo."""
    return ran(folder, "php", "-r", """
require '/usr/share/php/libphp-phpmailer/autoload.php';
[, $port, $login, $password, $sender, $author, $to] = $argv;
$m = new PHPMailer\\PHPMailer\\PHPMailer(true); $m->isSMTP(); $m->Host = '127.0.0.1'; $m->Port = $port;
$m->SMTPAuth = true; $m->Username = $login; $m->Password = $password; $m->SMTPSecure = 'tls'; $m->AuthType = 'PLAIN';
$m->SMTPOptions = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false, 'allow_self_signed' => true]];
$m->setFrom($author, '', false); $m->Sender = $sender; $m->addAddress($to); $m->Subject = 'hello'; $m->Body = 'hello';
try { $m->send(); print 'sent'; } catch (Exception $e) { print $m->ErrorInfo; }""", "--", str(port), letter.login, PASSWORD,
               letter.sender, letter.author, REMOTE)


def mail_of_ruby(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "ruby", "-rmail", "-e", """
port, login, password, sender, author, to = ARGV
mail = Mail.new(from: author, to: to, subject: 'hello', body: 'hello')
mail.smtp_envelope_from = sender
mail.delivery_method :smtp, address: '127.0.0.1', port: port.to_i, user_name: login, password: password,
                     authentication: :plain, openssl_verify_mode: 'none'
begin
  mail.deliver!; print 'sent'
rescue => fault
  print fault.message
end""", str(port), letter.login, PASSWORD,
               letter.sender, letter.author, REMOTE)


def smtplib_of_python(_: Path, port: int, letter: Letter) -> str:
    context = ssl._create_unverified_context()  # pylint: disable=protected-access
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.starttls(context=context)
        client.login(letter.login, PASSWORD)
        try:
            client.sendmail(letter.sender, REMOTE, letter.text)
        except smtplib.SMTPRecipientsRefused as refused:
            return refused.recipients[REMOTE][1].decode()
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_error.decode() if isinstance(refused.smtp_error, bytes) else refused.smtp_error
    return "sent"


def _arguments(port: int, letter: Letter) -> list[str]:
    """Of the programs in senders/."""
    return [str(port), letter.login, PASSWORD, letter.sender, REMOTE, letter.text]


def nodemailer(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "node", str(HERE / "nodemailer.cjs"), *_arguments(port, letter),
               env={"NODE_PATH": str(install_npm(program().parent.parent))})


def jakarta_mail(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "java", "-cp", "/usr/share/java/jakarta-mail.jar:/usr/share/java/jakarta-activation.jar",
               str(HERE / "JakartaMail.java"), *_arguments(port, letter))


def net_smtp_of_go(folder: Path, port: int, letter: Letter) -> str:
    compiled = folder / "net_smtp"
    subprocess.run(["gccgo", "-o", compiled, HERE / "net_smtp.go"], check=True)
    return ran(folder, str(compiled), *_arguments(port, letter))


LIBRARIES: list[Program] = [net_smtp_of_perl, email_sender_of_perl, phpmailer, mail_of_ruby, smtplib_of_python, nodemailer,
                            jakarta_mail, net_smtp_of_go]
