// The mail readers of npm that npm/package-lock.json pins. NODE_PATH names their folder.
'use strict';
const readline = require('readline');
const { createRequire } = require('module');
const folder = process.env.NODE_PATH;
const load = createRequire(folder + '/');

const names = ['nodemailer', 'mailparser', 'libmime', 'postal-mime', 'addressparser',
    'emailjs-addressparser', 'emailjs-mime-codec', 'address-rfc2822', 'letterparser',
    'email-addresses'];
if (process.argv.length > 2) {
    const read = name => require('fs').readFileSync(`${folder}/${name}/package.json`);
    console.log(names.map(name => `${name} ${JSON.parse(read(name)).version}`).join(', '));
    process.exit();
}

const nodemailer = load('nodemailer/lib/addressparser');
const nodemailerParse = nodemailer.default || nodemailer;
const { simpleParser } = load('mailparser');
const libmime = load('libmime');
const decodeWords = text => new libmime.Libmime().decodeWords(text);
const postal = load('postal-mime');
const Postal = postal.default || postal;
const addressparser = load('addressparser');
const emailjs = load('emailjs-addressparser').default;
const codec = load('emailjs-mime-codec');
const rfc2822 = load('address-rfc2822');
const letterparser = load('letterparser');
const addresses = load('email-addresses');

// The addresses of a list of objects in any of their spellings, groups opened.
function all(list) {
    const found = [];
    for (const one of [].concat(list || [])) {
        if (!one) continue;
        found.push(...all(one.group || one.members || one.addresses || one.value));
        if (typeof one.address === 'string' && one.address) found.push(one.address);
    }
    return found;
}
const unfold = text => text.replace(/\r?\n/g, '');
const message = bytes => Buffer.concat([Buffer.from('From: '), bytes, Buffer.from('\r\n\r\nbody\r\n')]);

const readings = {
    'nodemailer': text => all(nodemailerParse(text)),
    'decode, then nodemailer': text => all(nodemailerParse(decodeWords(text))),
    'mailparser': async (text, bytes) => all((await simpleParser(message(bytes))).from),
    'postal-mime': async (text, bytes) => {
        const from = (await Postal.parse(message(bytes))).from;
        return all(from);
    },
    'postal-mime, addressParser': text => all(postal.addressParser(text)),
    'decode, then postal-mime': text => all(postal.addressParser(postal.decodeWords(text))),
    'addressparser': text => all(addressparser(text)),
    'decode, then addressparser': text => all(addressparser(decodeWords(text))),
    'emailjs-addressparser': text => all(emailjs(text)),
    'decode, then emailjs-addressparser': text => all(emailjs(codec.mimeWordsDecode(text))),
    'address-rfc2822': text => all(rfc2822.parse(text)),
    'address-rfc2822, unfolded': text => all(rfc2822.parse(unfold(text))),
    'decode, then address-rfc2822': text => all(rfc2822.parse(decodeWords(text))),
    'letterparser': (text, bytes) => all(letterparser.extract(message(bytes).toString()).from),
    'email-addresses': text => all(addresses.parseAddressList(text)),
    'email-addresses, from': text => all(addresses.parseFrom(unfold(text))),
    'email-addresses, rfc6532': text =>
        all((addresses({ input: unfold(text), rfc6532: true, rejectTLD: false }) || {}).addresses),
    'decode, then email-addresses': text => all(addresses.parseAddressList(decodeWords(text))),
};

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const bytes = Buffer.from(line, 'hex');
        const parts = [];
        for (const [name, read] of Object.entries(readings)) {
            let found = [];
            try {
                found = await read(bytes.toString(), bytes);
            } catch { /* no reading at all */ }
            const hex = found.map(address => Buffer.from(address).toString('hex'));
            parts.push(`${name}=${hex.join(',')}`);
        }
        process.stdout.write(parts.join(';') + '\n');
    }
}
main();
