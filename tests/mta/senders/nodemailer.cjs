// Sends one message by nodemailer and says what became of it.
// Usage: node nodemailer.cjs PORT LOGIN PASSWORD SENDER RECIPIENT MESSAGE
const nodemailer = require("nodemailer");

const [port, user, pass, from, to, raw] = process.argv.slice(2);
nodemailer
    .createTransport({
        host: "127.0.0.1",
        port: Number(port),
        requireTLS: true,
        tls: {rejectUnauthorized: false},
        auth: {user, pass},
    })
    .sendMail({envelope: {from, to}, raw})
    .then(() => console.log("sent"), (fault) => console.log(fault.message));
