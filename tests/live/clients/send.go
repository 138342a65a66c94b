// SPDX-License-Identifier: MIT

// Sends the mail on standard input. usage: go run send.go HOST PORT
package main

import (
	"io"
	"log"
	"net/smtp"
	"os"
)

func main() {
	mail, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	client, err := smtp.Dial(os.Args[1] + ":" + os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if err := client.Mail("a@client.test"); err != nil {
		log.Fatal(err)
	}
	if err := client.Rcpt("b@client.test"); err != nil {
		log.Fatal(err)
	}
	writer, err := client.Data()
	if err != nil {
		log.Fatal(err)
	}
	if _, err := writer.Write(mail); err != nil {
		log.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}
	if err := client.Quit(); err != nil {
		log.Fatal(err)
	}
}
