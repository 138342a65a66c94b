/* SPDX-License-Identifier: MIT */
// What to write into an application's settings so that its mail comes here. Pure.

export interface Target {
    host: string;
    port: number;
}

export interface Framework {
    id: string;
    name: string;
    variants: { title: string; code: (to: Target) => string }[];
    note?: string;
}

export const frameworks: Framework[] = [
    {
        id: 'django', name: 'Django',
        variants: [
            {
                title: 'settings.py, Django 6.1 and newer',
                code: ({ host, port }) => `MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "${host}", "port": ${port}},
    }
}`,
            },
            {
                title: 'settings.py, Django 6.0 and older',
                code: ({ host, port }) => `EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "${host}"
EMAIL_PORT = ${port}`,
            },
        ],
        note: 'One or the other: 6.0 and older ignore MAILERS without a word.',
    },
    {
        id: 'rails', name: 'Rails',
        variants: [{
            title: 'config/environments/development.rb',
            code: ({ host, port }) => `config.action_mailer.delivery_method = :smtp
config.action_mailer.smtp_settings = { address: "${host}", port: ${port} }
config.action_mailer.raise_delivery_errors = true`,
        }],
    },
    {
        id: 'laravel', name: 'Laravel',
        variants: [{
            title: '.env, then php artisan config:clear',
            code: ({ host, port }) => `MAIL_MAILER=smtp
MAIL_SCHEME=null
MAIL_HOST=${host}
MAIL_PORT=${port}
MAIL_USERNAME=null
MAIL_PASSWORD=null`,
        }],
        note: 'From Laravel 11 on MAIL_SCHEME decides; MAIL_ENCRYPTION is ignored.',
    },
    {
        id: 'node', name: 'Node',
        variants: [{
            title: 'nodemailer',
            code: ({ host, port }) => `const transport = nodemailer.createTransport({
    host: "${host}", port: ${port}, secure: false, ignoreTLS: true,
});`,
        }],
    },
    {
        id: 'spring', name: 'Spring Boot',
        variants: [{
            title: 'application.properties',
            code: ({ host, port }) => `spring.mail.host=${host}
spring.mail.port=${port}
spring.mail.properties[mail.smtp.connectiontimeout]=5000
spring.mail.properties[mail.smtp.timeout]=3000`,
        }],
        note: 'Without the two timeouts a test can hang for ever: they default to infinite.',
    },
    {
        id: 'go', name: 'Go',
        variants: [{
            title: 'net/smtp',
            code: ({ host, port }) => `// nil: no login. PlainAuth refuses to speak plaintext except to localhost.
err := smtp.SendMail("${host}:${port}", nil,
    "a@x.test", []string{"b@x.test"}, message)`,
        }],
    },
    {
        id: 'php', name: 'PHP',
        variants: [
            { title: 'php.ini', code: () => 'sendmail_path = "/usr/bin/mailscope sendmail -t -i"' },
            { title: 'php.ini on Windows', code: ({ host, port }) => `SMTP = ${host}\nsmtp_port = ${port}` },
            { title: 'Symfony .env', code: ({ host, port }) => `MAILER_DSN=smtp://${host}:${port}` },
        ],
        note: 'PHP itself reads SMTP and smtp_port on Windows only.',
    },
    {
        id: 'dotnet', name: '.NET',
        variants: [{
            title: 'MailKit',
            code: ({ host, port }) => `using var client = new MailKit.Net.Smtp.SmtpClient();
await client.ConnectAsync("${host}", ${port},
    MailKit.Security.SecureSocketOptions.None);
await client.SendAsync(message);
await client.DisconnectAsync(true);`,
        }],
    },
];

export function curlLine({ host, port }: Target): string
{
    return `curl --url smtp://${host}:${port} --mail-from a@x.test --mail-rcpt b@x.test -T -`;
}
