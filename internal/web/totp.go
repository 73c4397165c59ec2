package web

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps speak it: HMAC-SHA-1
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html/template"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// The time-based codes (TOTP, RFC 6238) as all authenticator apps know them: six
// digits, thirty seconds, HMAC-SHA-1; one step before and after is let pass for
// clocks that differ.
const (
	totpStep   = 30 // seconds
	totpDigits = 6
	totpSlack  = 1
	totpSecret = 20 // bytes
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// newTOTP is the secret that a session sets up under a random number, which its
// form carries: so nothing is kept of it anywhere until it counts.
func (s *session) newTOTP(number string) (string, error) {
	b, err := hkdf.Key(sha256.New, s.key, []byte(number), "dampak: second factor", totpSecret)
	return base32Plain.EncodeToString(b), err
}

// hotp is the code of a counter (RFC 4226).
func hotp(secret []byte, counter uint64, digits int) string {
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], counter)
	mac := hmac.New(sha1.New, secret)
	mac.Write(message[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := uint64(binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff)
	mod := uint64(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// totpAt gives the step whose code this is.
func totpAt(secret, code string, at time.Time) (step uint64, ok bool) {
	key, err := base32Plain.DecodeString(secret)
	if err != nil {
		return 0, false
	}
	code = strings.Map(func(r rune) rune {
		if r == ' ' {
			return -1
		}
		return r
	}, code)
	now := uint64(max(at.Unix(), 0)) / totpStep
	for s := max(now, totpSlack) - totpSlack; s <= now+totpSlack; s++ {
		if subtle.ConstantTimeCompare([]byte(hotp(key, s, totpDigits)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// totpPicture is the QR code that an app reads, as a PNG in the page itself.
func totpPicture(secret, email string) (template.URL, error) {
	address := "otpauth://totp/" + url.PathEscape("Dampak:"+email) + "?" + url.Values{"secret": {secret}, "issuer": {"Dampak"}}.Encode()
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	if code, err = barcode.Scale(code, 240, 240); err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, code); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil //nolint:gosec // our own picture
}
