package jobs

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// server is a small SMTP server (RFC 5321) of the tests: it keeps what it takes,
// and answers as it is told.
type server struct {
	listener net.Listener
	mu       sync.Mutex
	password string
	answers  []string // to the next RCPT; empty: 250
	hangUp   bool     // once it has a whole letter, without an answer
	letters  []letter
	signedIn []string
}

type letter struct{ from, to, text string }

func newServer(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{listener: l, password: password}
	t.Cleanup(s.close)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *server) close()          { _ = s.listener.Close() }
func (s *server) address() string { return s.listener.Addr().String() }

func (s *server) taken() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.letters...)
}

func (s *server) users() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.signedIn...)
}

// reset lets the server answer well.
func (s *server) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers, s.hangUp = nil, false
}

func (s *server) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewScanner(c)
	say := func(line string) { fmt.Fprint(c, line+"\r\n") }
	say("220 surel.contoh.go.id ESMTP")
	var l letter
	for in.Scan() {
		verb, rest, _ := strings.Cut(in.Text(), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-surel.contoh.go.id\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN")
		case "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			parts := strings.Split(string(raw), "\x00")
			s.mu.Lock()
			good := len(parts) == 3 && parts[2] == s.password
			if good {
				s.signedIn = append(s.signedIn, parts[1]+" "+parts[2])
			}
			s.mu.Unlock()
			if !good {
				say("535 5.7.8 bad credentials")
				continue
			}
			say("235 2.7.0 welcome")
		case "MAIL":
			l = letter{from: address(rest)}
			say("250 2.1.0 ok")
		case "RCPT":
			l.to = address(rest)
			answer := "250 2.1.5 ok"
			s.mu.Lock()
			if len(s.answers) > 0 {
				answer, s.answers = s.answers[0], s.answers[1:]
			}
			s.mu.Unlock()
			say(answer)
		case "DATA":
			say("354 go on")
			for in.Scan() && in.Text() != "." {
				l.text += strings.TrimPrefix(in.Text(), ".") + "\r\n"
			}
			s.mu.Lock()
			s.letters = append(s.letters, l)
			hangUp := s.hangUp
			s.mu.Unlock()
			if hangUp {
				return
			}
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default: // NOOP, RSET
			say("250 2.0.0 ok")
		}
	}
}

// address is what stands between < and >.
func address(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
