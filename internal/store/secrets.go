package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
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

// keepSecrets changes a user's credentials within a command (nil: forgets them),
// and seals what it changed in the event that the change leads to, so that Verify
// finds what was put there otherwise.
func (a acting) keepSecrets(c registry.Change, edit func(*Credentials)) (registry.Change, error) {
	u, ok := c.After.(access.User)
	if !ok {
		return c, fmt.Errorf("%s: no state of a user", c.Type)
	}
	if edit == nil {
		u.Seals = access.Seals{Profile: u.Seals.Profile}
		c.After = u
		return c, credentials.Delete(a.Tx, u.ID)
	}
	before, err := CredentialsOf(a, u.ID)
	if err != nil {
		return c, err
	}
	after := before
	edit(&after)
	for _, s := range []struct {
		was, is string
		seal    *string
	}{{before.Password, after.Password, &u.Seals.Password}, {before.SecondFactor, after.SecondFactor, &u.Seals.SecondFactor}, {before.Invitation, after.Invitation, &u.Seals.Invitation}} {
		if s.was != s.is {
			*s.seal = sealOf(s.is)
		}
	}
	c.After = u
	return c, credentials.Put(a.Tx, after)
}

// sealOf is the SHA-256 in hex of a secret, "" of none. What it is taken of is
// random or salted, so that it tells nothing.
func sealOf(secret string) string {
	if secret == "" {
		return ""
	}
	return hashToken(secret)
}

// unsealed names each user whose credentials are not what the log says was set,
// and each token whose secret is not what was made, at most so many.
func unsealed(from From, most int) (problem.List, error) {
	var found problem.List
	differs := func(code, key, column string) {
		if len(found) < most {
			found = append(found, problem.New(code, "key", key, "column", column))
		}
	}
	secrets, err := credentials.Select(from, "ORDER BY person")
	if err != nil {
		return nil, err
	}
	held := map[string]Credentials{}
	for _, c := range secrets {
		held[c.Person] = c
	}
	known, err := users.Select(from, "ORDER BY id")
	if err != nil {
		return nil, err
	}
	called, err := people.Select(from, "ORDER BY person")
	if err != nil {
		return nil, err
	}
	persons := map[string]personRow{}
	for _, p := range called {
		persons[p.Person] = p
	}
	for _, u := range known {
		p, there := persons[u.ID]
		delete(persons, u.ID)
		if u.ProfileSeal != access.UnknownSeal && ((u.ProfileSeal != "") != there || there && p.seal() != u.ProfileSeal) {
			differs("person-differs", u.ID, "name")
		}
		c := held[u.ID]
		delete(held, u.ID)
		for _, s := range []struct{ column, seal, secret string }{
			{"password", u.PasswordSeal, c.Password}, {"second_factor", u.SecondFactorSeal, c.SecondFactor}, {"invitation", u.InvitationSeal, c.Invitation},
		} {
			if s.seal != access.UnknownSeal && s.seal != sealOf(s.secret) {
				differs("secret-differs", u.ID, s.column)
			}
		}
	}
	for _, p := range called {
		if _, nobody := persons[p.Person]; nobody {
			differs("person-differs", p.Person, "person")
		}
	}
	for _, c := range secrets {
		if _, nobody := held[c.Person]; nobody {
			differs("secret-differs", c.Person, "password")
		}
	}
	made, err := tokens.Select(from, "ORDER BY id")
	if err != nil {
		return nil, err
	}
	shown, err := tokenSecrets.Select(from, "ORDER BY id")
	if err != nil {
		return nil, err
	}
	hashes := map[string]string{}
	for _, s := range shown {
		hashes[s.ID] = s.Hash
	}
	for _, t := range made {
		hash, there := hashes[t.ID]
		delete(hashes, t.ID)
		switch {
		case t.EndedAt != nil && there, t.EndedAt == nil && t.Seal != access.UnknownSeal && t.Seal != sealOf(hash):
			differs("token-secret-differs", t.ID, "hash")
		}
	}
	for _, s := range shown {
		if _, nobody := hashes[s.ID]; nobody {
			differs("token-secret-differs", s.ID, "hash")
		}
	}
	return found, nil
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
