package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/dampak/dampak/internal/problem"
)

// The cost of a password, argon2id (RFC 9106): 3 passes over 32 MiB on one
// thread, above OWASP's least for argon2id (2 passes over 19 MiB). Two are
// worked out at a time, so sign-in takes 64 MiB at most.
const (
	argonPasses  = 3
	argonMemory  = 32 * 1024 // KiB
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
	argonAtOnce  = 2
)

// The bounds of a password, in characters.
const (
	shortestPassword = 12
	longestPassword  = 128
	fewestDistinct   = 5
)

var argonSeats = make(chan struct{}, argonAtOnce)

// HashPassword gives the encoded argon2id hash of a password with a fresh salt,
// as the record keeps it. Errors: the context's while waiting for a turn.
func HashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key, err := derive(ctx, password, salt, argonPasses, argonMemory, argonThreads, argonKey)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonThreads, b64(salt), b64(key)), nil
}

func derive(ctx context.Context, password string, salt []byte, passes, memory uint32, threads uint8, length uint32) ([]byte, error) {
	select {
	case argonSeats <- struct{}{}:
		defer func() { <-argonSeats }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, passes, memory, threads, length), nil
}

// nobody is the hash that is tried where there is no password, so that an
// unknown address takes as long as a known one.
var nobody = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonThreads,
	base64.RawStdEncoding.EncodeToString(make([]byte, argonSalt)), base64.RawStdEncoding.EncodeToString(make([]byte, argonKey)))

// rightPassword tells whether a password has an encoded hash. An empty hash is
// tried like any other and is never right.
func rightPassword(ctx context.Context, encoded, password string) (bool, error) {
	if utf8.RuneCountInString(password) > longestPassword {
		password = ""
	}
	tried := encoded
	if tried == "" {
		tried = nobody
	}
	parts := strings.Split(tried, "$")
	if len(parts) != 6 {
		return false, fmt.Errorf("a password's hash has %d parts, not 6", len(parts))
	}
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil || memory > 1<<20 || passes > 64 || threads == 0 {
		return false, fmt.Errorf("a password's hash has parameters that cannot be used: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) == 0 {
		return false, fmt.Errorf("a password's hash cannot be read: %w", err)
	}
	got, err := derive(ctx, password, salt, passes, memory, threads, uint32(len(want))) //nolint:gosec // a few bytes
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && encoded != "" && password != "", nil
}

// checkPassword says why a new password will not do: length counts most (NIST SP
// 800-63B), and what everybody knows of its owner is no secret.
func checkPassword(password, again string, known ...string) error {
	distinct := map[rune]bool{}
	for _, r := range password {
		distinct[r] = true
	}
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(password)
	for _, k := range known {
		k, _, _ = strings.Cut(strings.ToLower(k), "@")
		if len(k) >= 4 && strings.Contains(low, k) {
			return problem.New("password-known")
		}
	}
	switch {
	case n < shortestPassword || n > longestPassword || !utf8.ValidString(password):
		return problem.New("password-length", "least", shortestPassword, "most", longestPassword)
	case len(distinct) < fewestDistinct:
		return problem.New("password-plain", "least", fewestDistinct)
	case password != again:
		return problem.New("password-again")
	}
	return nil
}
