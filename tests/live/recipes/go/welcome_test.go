// SPDX-License-Identifier: MIT
package welcome

import (
	"encoding/json"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

type mailscope struct {
	SMTP []string `json:"smtp"`
	URL  string   `json:"http"`
}

// start runs mailscope on free ports until the test ends.
func start(t *testing.T) mailscope {
	path := filepath.Join(t.TempDir(), "ready.json")
	server := exec.Command("mailscope", "serve", "--smtp", "127.0.0.1:0",
		"--http", "127.0.0.1:0", "--without", "STARTTLS",
		"--ready-file", path, "--log", "warn")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(os.Interrupt)
		server.Wait()
	})
	var ready mailscope
	text, err := os.ReadFile(path)
	for end := time.Now().Add(time.Minute); err != nil; text, err = os.ReadFile(path) {
		if time.Now().After(end) {
			t.Fatal("mailscope did not start")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := json.Unmarshal(text, &ready); err != nil {
		t.Fatal(err)
	}
	return ready
}

// expect fails the test, with the reason, when no such mail came.
func (m mailscope) expect(t *testing.T, flags ...string) {
	t.Helper()
	asked := exec.Command("mailscope",
		append([]string{"expect", "--url", m.URL, "--within", "30s"}, flags...)...)
	if said, err := asked.CombinedOutput(); err != nil {
		t.Fatalf("%s", said)
	}
}

func TestTheWelcomeMailHasALink(t *testing.T) {
	m := start(t)
	mail := "From: app@example.test\r\nTo: ada@example.test\r\n" +
		"Subject: Welcome aboard\r\n\r\n" +
		"Confirm here: https://app.test/confirm/1\r\n"
	err := smtp.SendMail(m.SMTP[0], nil, "app@example.test",
		[]string{"ada@example.test"}, []byte(mail))
	// net/smtp checks certificates: hence --without STARTTLS above. Or trust
	// what `mailscope ca` writes.
	if err != nil {
		t.Fatal(err)
	}
	m.expect(t, "--to", "ada@example.test", "--subject-contains", "Welcome",
		"--text-contains", "https://app.test/confirm/")
}
