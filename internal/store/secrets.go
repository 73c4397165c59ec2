package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// Credentials are what proves that somebody is a user. They stand outside the
// log (docs/decisions/0020): what is there cannot be taken back.
type Credentials struct {
	Person       string `db:"person"`
	Password     string `db:"password"`      // argon2id in its encoded form, $argon2id$...; empty: none yet
	SecondFactor string `db:"second_factor"` // secret of the time-based codes (TOTP); empty: none
	Invitation   string `db:"invitation"`    // SHA-256 in hex of the token of the open invitation; empty: none
}

var credentials = Outside[Credentials](Secret, "credentials", "person")

// CredentialsOf gives a user's credentials; those of a user without any are
// empty.
func CredentialsOf(from From, user string) (Credentials, error) {
	c, ok, err := credentials.Get(from, user)
	if !ok {
		c.Person = user
	}
	return c, err
}

// editCredentials changes a user's credentials within a command.
func (a acting) editCredentials(user string, edit func(*Credentials)) error {
	c, err := CredentialsOf(a, user)
	if err != nil {
		return err
	}
	edit(&c)
	return credentials.Put(a.Tx, c)
}

// newToken makes a token of 256 random bits, and its hash.
func newToken(random io.Reader) (token, hash string, err error) {
	if random == nil {
		random = rand.Reader
	}
	raw := make([]byte, 32)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", "", err
	}
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, hashToken(token), nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// checkEncoded refuses what is no encoded argon2id hash: a password may never be
// kept as it is.
func checkEncoded(encoded string) error {
	if !strings.HasPrefix(encoded, "$argon2id$v=") || strings.Count(encoded, "$") != 5 {
		return problem.New("password-encoded")
	}
	return nil
}
