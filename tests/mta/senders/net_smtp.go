// Sends one message by net/smtp and says what became of it.
// Usage: net_smtp PORT LOGIN PASSWORD SENDER RECIPIENT MESSAGE
package main

import (
	"crypto/tls"
	"fmt"
	"net/smtp"
	"os"
)

func send(port, login, password, sender, recipient, message string) error {
	client, err := smtp.Dial("127.0.0.1:" + port)
	if err != nil {
		return err
	}
	defer client.Close()
	if err = client.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil {
		return err
	}
	if err = client.Auth(smtp.PlainAuth("", login, password, "127.0.0.1")); err != nil {
		return err
	}
	if err = client.Mail(sender); err != nil {
		return err
	}
	if err = client.Rcpt(recipient); err != nil {
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err = data.Write([]byte(message)); err != nil {
		return err
	}
	return data.Close()
}

func main() {
	if err := send(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]); err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("sent")
	}
}
