// Sends one message by Jakarta Mail and says what became of it: of a refused recipient the text is in what stands
// behind the exception, not in itself.
// Usage: java JakartaMail.java PORT LOGIN PASSWORD SENDER RECIPIENT MESSAGE
import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

public class JakartaMail {
    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        settings.put("mail.smtp.port", arguments[0]);
        settings.put("mail.smtp.auth", "true");
        settings.put("mail.smtp.starttls.required", "true");
        settings.put("mail.smtp.ssl.trust", "*");
        settings.put("mail.smtp.ssl.checkserveridentity", "false");
        settings.put("mail.smtp.from", arguments[3]);
        Session session = Session.getInstance(settings);
        MimeMessage message = new MimeMessage(
            session, new ByteArrayInputStream(arguments[5].getBytes(StandardCharsets.UTF_8)));
        try (Transport transport = session.getTransport("smtp")) {
            transport.connect("127.0.0.1", arguments[1], arguments[2]);
            transport.sendMessage(message, new Address[] {new InternetAddress(arguments[4])});
            System.out.println("sent");
        } catch (MessagingException fault) {
            for (Exception inner = fault; inner != null;
                 inner = inner instanceof MessagingException more ? more.getNextException() : null)
                System.out.println(inner.getMessage());
        }
    }
}
