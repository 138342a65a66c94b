// SPDX-License-Identifier: MIT
// Sends with JavaMail; run by: mailscope serve -- java -cp javax.mail.jar:\
//   javax.activation.jar Welcome.java
import java.util.Properties;
import javax.mail.Message;
import javax.mail.Session;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeMessage;

public class Welcome {
    static void send() throws Exception {
        Properties settings = new Properties();
        settings.put("mail.smtp.host", System.getenv("SMTP_HOST"));
        settings.put("mail.smtp.port", System.getenv("SMTP_PORT"));
        MimeMessage mail = new MimeMessage(Session.getInstance(settings));
        mail.setFrom(new InternetAddress("app@example.test"));
        mail.addRecipient(Message.RecipientType.TO,
            new InternetAddress("ada@example.test"));
        mail.setSubject("Welcome aboard");
        mail.setText("Confirm here: https://app.test/confirm/1");
        Transport.send(mail);
    }

    public static void main(String[] arguments) throws Exception {
        send();
        // MAILSCOPE_URL says where to ask.
        Process asked = new ProcessBuilder("mailscope", "expect",
            "--within", "30s", "--to", "ada@example.test",
            "--subject-contains", "Welcome",
            "--text-contains", "https://app.test/confirm/")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        System.exit(asked.waitFor());
    }
}
