package jobs

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// Mail sends the weekly e-mail through an office's SMTP server. A letter says how
// many notices wait and where the pages are, and nothing else.
type Mail struct {
	client   *mail.Client
	password string // never printed
	from     string
	domain   string // of from, for the identifiers of letters
	pages    string // address of the pages
}

// The ports of submission, with STARTTLS and with TLS from the start (RFC 8314).
const (
	submission  = 587
	submissions = 465
)

// mailTakes is how long the server may take to take one letter.
const mailTakes = 30 * time.Second

// NewMail reads where letters go out, smtp://USER:PASSWORD@HOST:PORT with STARTTLS
// or smtps:// with TLS from the start; from is the sender's address and pages the
// address of the pages. With a password, or to another machine's port 587, the
// connection is encrypted or the letter does not go; a server on this machine, or
// one that asks for no password, gets STARTTLS where it offers it. Errors: usage
// problems, which never show the password.
func NewMail(server, from, pages string) (*Mail, error) { return newMail(server, from, pages) }

func newMail(server, from, pages string, more ...mail.Option) (*Mail, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, problem.Usage("serve-smtp")
	}
	a, err := netmail.ParseAddress(from)
	if err != nil || a.Address != from {
		return nil, problem.Usage("serve-mail-from", "found", from)
	}
	if pages == "" {
		return nil, problem.Usage("serve-mail-url")
	}
	port := map[string]int{"smtp": submission, "smtps": submissions}[u.Scheme]
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return nil, problem.Usage("serve-smtp")
		}
	}
	m := &Mail{from: from, domain: from[strings.LastIndexByte(from, '@')+1:], pages: strings.TrimSuffix(pages, "/")}
	m.password, _ = u.User.Password()
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(mailTakes), mail.WithTLSPolicy(mail.TLSMandatory)}
	switch {
	case u.Scheme == "smtps":
		options = append(options, mail.WithSSL())
	case here(u.Hostname()) || (u.User == nil && port != submission):
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	}
	if u.User != nil {
		how := mail.SMTPAuthAutoDiscover
		if here(u.Hostname()) {
			how = mail.SMTPAuthPlain // a relay on this machine may do without encryption
		}
		options = append(options, mail.WithSMTPAuth(how), mail.WithUsername(u.User.Username()), mail.WithPassword(m.password))
	}
	if m.client, err = mail.NewClient(u.Hostname(), append(options, more...)...); err != nil {
		return nil, problem.Usage("serve-smtp")
	}
	return m, nil
}

// here tells whether a host is this machine.
func here(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// outcome is what came of sending a letter.
type outcome int

const (
	sent    outcome = iota
	notSent         // for certain; it may be tried again
	unknown         // it may have gone; or the server refuses this address for good
)

// letter is what a digest says: in both parts, subject and text, nothing but the
// number of notices and the address of the pages.
func (m *Mail) letter(d store.Digest, at time.Time) (*mail.Msg, error) {
	l := i18n.Lang(d.Language)
	values := map[string]any{"n": d.Unread, "url": m.pages + "/"}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(m.from), msg.To(d.Email)); err != nil {
		return nil, err
	}
	msg.Subject(i18n.Text(l, "mail.digest.subject", values))
	msg.SetBodyString(mail.TypeTextPlain, i18n.Text(l, "mail.digest.text", values)+"\n")
	msg.SetMessageIDWithValue(strings.ToLower(d.Week + "." + d.Person + "@" + m.domain))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answer by a machine
	msg.SetGenHeader(mail.HeaderContentLang, d.Language)
	msg.SetDateWithValue(at)
	return msg, nil
}

// send sends a digest. The error is what the log of the program may know: no
// address, no password.
func (m *Mail) send(ctx context.Context, d store.Digest, at time.Time) (outcome, error) {
	msg, err := m.letter(d, at)
	if err != nil {
		return unknown, errors.New("an e-mail could not be written: its address cannot be used")
	}
	failed := m.client.DialAndSendWithContext(ctx, msg)
	if msg.IsDelivered() {
		return sent, nil // whatever went wrong when saying goodbye
	}
	var why *mail.SendError
	switch {
	case failed == nil:
		return unknown, errors.New("the mail server gave no answer")
	case !errors.As(failed, &why): // it did not come to sending
		text := failed.Error()
		if m.password != "" {
			text = strings.ReplaceAll(text, m.password, "***")
		}
		return notSent, fmt.Errorf("the mail server: %s", text)
	case why.ErrorCode() >= 500, why.Reason == mail.ErrGetRcpts, why.Reason == mail.ErrGetSender:
		return unknown, fmt.Errorf("the mail server refuses an e-mail for good: %s, %d", why.Reason, why.ErrorCode())
	case why.Reason == mail.ErrSMTPDataClose && why.ErrorCode() == 0: // all was said, and the answer is lost
		return unknown, fmt.Errorf("the mail server's answer is lost: %s", why.Reason)
	}
	return notSent, fmt.Errorf("the mail server does not take an e-mail now: %s, %d", why.Reason, why.ErrorCode())
}
