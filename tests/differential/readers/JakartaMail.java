// Jakarta Mail (once JavaMail): strict and lax, in a message, and decoded before it is parsed.
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeUtility;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;

public class JakartaMail {
    interface Reading {
        jakarta.mail.Address[] read() throws Exception;
    }

    static String hex(Reading reading) {
        List<String> found = new ArrayList<>();
        try {
            jakarta.mail.Address[] all = reading.read();
            if (all != null)
                for (jakarta.mail.Address one : all) {
                    String address = ((InternetAddress) one).getAddress();
                    if (address != null && !address.isEmpty())
                        found.add(HexFormat.of().formatHex(
                            address.getBytes(StandardCharsets.UTF_8)));
                }
        } catch (Exception unread) {
            // No reading at all.
        }
        return String.join(",", found);
    }

    static MimeMessage message(byte[] value, boolean strict) throws Exception {
        byte[] from = "From: ".getBytes(StandardCharsets.UTF_8);
        byte[] end = "\n\nbody\n".getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[from.length + value.length + end.length];
        System.arraycopy(from, 0, all, 0, from.length);
        System.arraycopy(value, 0, all, from.length, value.length);
        System.arraycopy(end, 0, all, from.length + value.length, end.length);
        Properties settings = new Properties();
        settings.setProperty("mail.mime.address.strict", strict ? "true" : "false");
        settings.setProperty("mail.mime.allowutf8", "true");
        return new MimeMessage(Session.getInstance(settings), new ByteArrayInputStream(all));
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            System.out.println("Jakarta Mail " + Session.class.getPackage().getImplementationVersion()
                               + ", Java " + System.getProperty("java.version"));
            return;
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        PrintStream out = new PrintStream(System.out, true);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            byte[] value = HexFormat.of().parseHex(line);
            String text = new String(value, StandardCharsets.UTF_8);
            out.println(
                "parse=" + hex(() -> InternetAddress.parse(text))
                + ";parse, lax=" + hex(() -> InternetAddress.parse(text, false))
                + ";parseHeader=" + hex(() -> InternetAddress.parseHeader(text, true))
                + ";parseHeader, lax=" + hex(() -> InternetAddress.parseHeader(text, false))
                + ";getFrom=" + hex(() -> message(value, true).getFrom())
                + ";getFrom, lax=" + hex(() -> message(value, false).getFrom())
                + ";decode, then parse="
                + hex(() -> InternetAddress.parseHeader(
                          MimeUtility.decodeText(MimeUtility.unfold(text)), false)));
        }
    }
}
