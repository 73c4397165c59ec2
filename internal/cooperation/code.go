package cooperation

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// codes are 128 bits in lower-case letters and the digits 2 to 7, which nobody
// confuses with letters.
var codes = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// MakeCode gives the code of a letter, 26 characters, from random bits.
func MakeCode(random [16]byte) string { return codes.EncodeToString(random[:]) }

// ParseCode reads a code as somebody typed it: capitals, blanks and hyphens do
// not matter. Errors: a problem for what cannot be a code.
func ParseCode(s string) (string, error) {
	code := strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s))
	b, err := codes.DecodeString(code)
	if err != nil || len(b) != 16 || codes.EncodeToString(b) != code {
		return "", problem.New("permit-code")
	}
	return code, nil
}

// Slip is the short text in the QR of a letter where the office has no public
// address: what the letter says, and its state on the day it was printed. It
// names no person. It carries the key that checks its seal, so that any Dampak can
// tell that nothing in it was changed; whose the key is it cannot say of itself.
type Slip struct {
	Key     string          // the public key that checks its seal, as of SlipKeyText
	Number  string          // of the letter
	Title   string          // of the study
	Places  []Place         // that said yes
	Period  registry.Period // of the permit
	State   string          // one of the LetterStates
	Printed registry.Day
	Example bool // of a world that is invented
}

// The lines of a slip, in Indonesian for whoever reads the QR with any telephone.
const (
	slipHead    = "DAMPAK IZIN PENELITIAN 1"
	slipNumber  = "Nomor: "
	slipTitle   = "Judul: "
	slipPlaces  = "Tempat (kode BPS): "
	slipPeriod  = "Masa: "
	slipUntil   = " sampai "
	slipState   = "Keadaan pada hari cetak "
	slipExample = "CONTOH - bukan dokumen resmi"
	slipKey     = "Kunci: "
	slipSeal    = "Segel: "
)

// slipStates are the words of LetterStates in a slip. They are part of its form:
// slips that hang on walls must stay readable.
var slipStates = map[string]string{"valid": "berlaku", "not-begun": "belum mulai", "replaced": "sudah diganti", "over": "sudah berakhir", "revoked": "dicabut"}

// seals writes keys and seals; a last character with loose bits is none.
var seals = base64.RawURLEncoding.Strict()

// SlipKeyText writes the key that checks the seals of an issuer.
func SlipKeyText(key ed25519.PublicKey) string { return seals.EncodeToString(key) }

// fingerprintDigits are those of a fingerprint: 128 bits, which nobody makes a second
// key for.
const fingerprintDigits = 32

// Fingerprint is how people compare the key of a slip with that of the office which
// is said to have issued it: the first 128 bits of its SHA-256 in groups of four hex
// digits.
func (s Slip) Fingerprint() string {
	key, err := seals.DecodeString(s.Key)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(key)
	digits := hex.EncodeToString(sum[:])[:fingerprintDigits]
	var groups []string
	for at := 0; at < len(digits); at += 4 {
		groups = append(groups, digits[at:at+4])
	}
	return strings.Join(groups, " ")
}

// EncodeSlip gives the text of a slip with its seal. Sign is Ed25519 with the
// key that the slip names. A slip that could not be read back, such as one with a
// line break in its title, gives a problem.
func EncodeSlip(s Slip, sign func(message []byte) []byte) (string, error) {
	if len(s.Places) == 0 {
		s.Places = nil
	}
	body := s.body()
	if back, ok := readSlip(body); !ok || !reflect.DeepEqual(back, s) {
		return "", problem.New("permit-slip")
	}
	return body + slipSeal + seals.EncodeToString(sign([]byte(body))), nil
}

// CheckSlip reads a slip and checks its seal by the key that it carries: nothing
// in it was changed since it was sealed. Whether the key is one that the reader
// knows is for the caller to ask; else its Fingerprint is to be compared with that
// of the office. It says what the issuer said on the day of printing, so the reader
// compares number and title with the letter that the slip stands on. Errors: a
// problem for a text that is no slip, or a seal that does not fit.
func CheckSlip(text string) (Slip, error) {
	at := strings.LastIndex(text, slipSeal)
	if at < 0 {
		return Slip{}, problem.New("permit-slip")
	}
	s, ok := readSlip(text[:at])
	seal, err := seals.DecodeString(text[at+len(slipSeal):])
	// The decoder skips line breaks; a seal has none.
	if !ok || err != nil || len(seal) != ed25519.SignatureSize || strings.ContainsAny(text[at:], "\r\n") {
		return Slip{}, problem.New("permit-slip")
	}
	key, err := seals.DecodeString(s.Key)
	if err != nil || len(key) != ed25519.PublicKeySize || strings.ContainsAny(s.Key, "\r\n") {
		return Slip{}, problem.New("permit-slip")
	}
	if !ed25519.Verify(key, []byte(text[:at]), seal) {
		return Slip{}, problem.New("permit-slip-seal")
	}
	return s, nil
}

// body is what is sealed: every line but the last.
func (s Slip) body() string {
	places := make([]string, len(s.Places))
	for i, p := range s.Places {
		if places[i] = p.Region; p.Until != s.Period.Until {
			places[i] += "/" + string(p.Until)
		}
	}
	lines := []string{
		slipHead, slipNumber + s.Number, slipTitle + s.Title, slipPlaces + strings.Join(places, " "),
		slipPeriod + string(s.Period.From) + slipUntil + string(s.Period.Until), slipState + string(s.Printed) + ": " + slipStates[s.State],
	}
	if s.Example {
		lines = append(lines, slipExample)
	}
	return strings.Join(append(lines, slipKey+s.Key), "\n") + "\n"
}

// readSlip reads a body; false for any text that body would not write.
func readSlip(body string) (Slip, bool) {
	lines := strings.Split(body, "\n")
	var s Slip
	s.Example = len(lines) == 9
	if len(lines) != 8 && (!s.Example || lines[6] != slipExample) {
		return Slip{}, false
	}
	from, until, _ := strings.Cut(strings.TrimPrefix(lines[4], slipPeriod), slipUntil)
	printed, state, _ := strings.Cut(strings.TrimPrefix(lines[5], slipState), ": ")
	s.Number, s.Title = strings.TrimPrefix(lines[1], slipNumber), strings.TrimPrefix(lines[2], slipTitle)
	s.Period, s.Printed = registry.Period{From: registry.Day(from), Until: registry.Day(until)}, registry.Day(printed)
	for _, code := range strings.Fields(strings.TrimPrefix(lines[3], slipPlaces)) {
		p := Place{Region: code, Until: s.Period.Until}
		if region, until, early := strings.Cut(code, "/"); early {
			p = Place{Region: region, Until: registry.Day(until)}
		}
		s.Places = append(s.Places, p)
	}
	for _, code := range LetterStates {
		if slipStates[code] == state {
			s.State = code
		}
	}
	s.Key = strings.TrimPrefix(lines[len(lines)-2], slipKey)
	return s, s.State != "" && s.body() == body
}
