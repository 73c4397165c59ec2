package web

import (
	"encoding/base32"
	"testing"
	"time"
)

// The vectors of RFC 6238, appendix B (SHA-1, eight digits).
func TestTimeBasedCodes(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := hotp(secret, uint64(at)/totpStep, 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	plain := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	at := time.Unix(1111111111, 0)
	step, ok := totpAt(plain, "050 471", at)
	if !ok || step != 1111111111/totpStep {
		t.Fatalf("step %d, %v", step, ok)
	}
	for name, c := range map[string]struct {
		code string
		at   time.Time
		ok   bool
	}{
		"a step late": {"050471", at.Add(totpStep * time.Second), true}, "a step early": {"050471", at.Add(-totpStep * time.Second), true},
		"two steps late": {"050471", at.Add(2 * totpStep * time.Second), false},
		"wrong":          {"050472", at, false}, "empty": {"", at, false},
	} {
		if _, ok := totpAt(plain, c.code, c.at); ok != c.ok {
			t.Errorf("%s: %v", name, ok)
		}
	}
	if _, ok := totpAt("no base32!", "050471", at); ok {
		t.Error("a broken secret lets somebody in")
	}
}
