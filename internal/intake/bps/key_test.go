package bps_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dampak/dampak/internal/intake/bps"
)

// TestFindKey: where a key comes from, and what is wrong with one.
func TestFindKey(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, open := put("kunci", secret+"\n", 0o600), put("terbuka", secret, 0o644)
	config := func() (string, error) { return filepath.Join(dir, "config"), nil }
	for _, c := range []struct {
		what string
		env  map[string]string
		own  bool // the file of the configuration is there
		none bool
		code string
	}{
		{"nothing", nil, false, true, ""},
		{"the variable", map[string]string{bps.KeyVariable: secret}, false, false, ""},
		{"the variable before the file", map[string]string{bps.KeyVariable: secret, bps.KeyFileVariable: "/tidak/ada"}, false, false, ""},
		{"a wrong variable", map[string]string{bps.KeyVariable: "kunci saya"}, false, true, "bps-key-form"},
		{"a file", map[string]string{bps.KeyFileVariable: good}, false, false, ""},
		{"a file that others can read", map[string]string{bps.KeyFileVariable: open}, false, true, "bps-key-file"},
		{"a file that is not there", map[string]string{bps.KeyFileVariable: filepath.Join(dir, "lain")}, false, true, "bps-key-file"},
		{"the file of the configuration", nil, true, false, ""},
	} {
		if c.own {
			put("config/dampak/bps-key", secret, 0o600)
		}
		key, err := bps.FindKey(func(name string) string { return c.env[name] }, config)
		if codes := speaks(t, err); c.code == "" && err != nil || c.code != "" && !slices.Equal(codes, []string{c.code}) {
			t.Errorf("%s: %v", c.what, err)
		}
		s := newServer(t)
		_, asked := s.office(func(b *bps.Config) { b.Key = key }).Data(t.Context(), p0)
		if (asked != nil) != c.none {
			t.Errorf("%s: %v", c.what, asked)
		}
	}
	if key, err := bps.FindKey(func(string) string { return "" }, func() (string, error) { return "", errors.New("no home") }); err != nil || key.String() != "•••" {
		t.Errorf("%v %v", key, err)
	}
}
