package identity_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
)

var at = time.Date(2024, 5, 1, 3, 0, 0, 0, time.UTC)

// counted gives the bytes from, from+1, ...
func counted(from byte) *bytes.Reader {
	b := make([]byte, 32)
	for i := range b {
		b[i] = from + byte(i)
	}
	return bytes.NewReader(b)
}

func ring(t testing.TB, keys int) *identity.Ring {
	t.Helper()
	r, err := identity.NewRing(counted(0), at)
	for i := 1; i < keys && err == nil; i++ {
		r, err = r.Add(counted(byte(100*i)), at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The structure is that of the population administration; each fault of a number
// is named, and what only should be asked about is no fault.
func TestRead(t *testing.T) {
	for in, want := range map[string]identity.Fault{
		"3578994501900001": "", "3578990512850007": "", "3578992902000001": "", "3578997112990001": "", // the day of a woman up to 71
		"": identity.WrongLength, "357899450190001": identity.WrongLength, "35789945019000011": identity.WrongLength,
		"357899450190000x": identity.NotDigits, "3.51514E+15": identity.NotDigits, "3578 9945 0190 00": identity.NotDigits,
		"0178994501900001": identity.BadProvince, "2078994501900001": identity.BadProvince, "9978994501900001": identity.BadProvince,
		"3500994501900001": identity.BadRegency, "3578004501900001": identity.BadDistrict,
		"3578990001900001": identity.BadDate, "3578993201900001": identity.BadDate, "3578994001900001": identity.BadDate,
		"3578997201900001": identity.BadDate, "3578990500900001": identity.BadDate, "3578990513900001": identity.BadDate,
		"3578993102900001": identity.BadDate, "3578993002000001": identity.BadDate, "3578992902010001": identity.BadDate, "3578993104900001": identity.BadDate,
		"3578994501900000": identity.BadSerial, "3333333333333333": identity.AllDigitsOne, "0000000000000000": identity.AllDigitsOne,
	} {
		if _, got := identity.Read(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	n, _ := identity.Read("3578994501900123")
	if n.Province != "35" || n.Regency != "3578" || n.District != "357899" || n.Day != 5 || n.Month != 1 || n.Year != 90 || !n.Forty || n.Serial != "0123" {
		t.Errorf("%+v", n)
	}
}

func TestDoubts(t *testing.T) {
	woman, man := true, false
	born := time.Date(1990, 1, 5, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		digits string
		kind   identity.Kind
		beside identity.Beside
		want   []identity.Doubt
	}{
		{"3578014501900001", identity.NIK, identity.Beside{}, nil},
		{"3578014501900001", identity.NIK, identity.Beside{Region: "3578010001", Born: born, Woman: &woman}, nil},
		{"3578014501900001", identity.NIK, identity.Beside{Region: "35"}, nil}, // the province alone says nothing
		{"3578014501900001", identity.NIK, identity.Beside{Region: "3501"}, []identity.Doubt{identity.OtherRegion}},
		{"3578014501900001", identity.NIK, identity.Beside{Woman: &man}, []identity.Doubt{identity.OtherSex}},
		{"3578014501900001", identity.NIK, identity.Beside{Born: born.AddDate(0, 0, 1)}, []identity.Doubt{identity.OtherBirth}},
		{"3578014501900001", identity.KK, identity.Beside{Born: born.AddDate(9, 0, 0), Woman: &man}, []identity.Doubt{identity.LikeNIK}},
		{"3590014501900001", identity.NIK, identity.Beside{}, []identity.Doubt{identity.OldRegion}},
		{"1290014501900001", identity.NIK, identity.Beside{}, nil}, // the table has no regencies of that province
		{"3578994501900001", identity.NIK, identity.Beside{}, []identity.Doubt{identity.Invented}},
	} {
		n, fault := identity.Read(c.digits)
		if got := n.Doubts(c.kind, c.beside); fault != "" || !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %q %v, want %v", c.digits, c.kind, fault, got, c.want)
		}
	}
}

// What the program makes up has a sound structure, is told apart, and gives the
// date and sex back.
func TestInvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 34000).Draw(t, "day"))
		woman := rapid.Bool().Draw(t, "woman")
		s := identity.Invent("3509", born, woman, rapid.IntRange(1, 9999).Draw(t, "serial"))
		n, fault := identity.Read(s)
		if fault != "" || !slices.Equal(n.Doubts(identity.NIK, identity.Beside{Region: "3509", Born: born, Woman: &woman}), []identity.Doubt{identity.Invented}) {
			t.Fatalf("%s %q", s, fault)
		}
	})
}

// One person written in several ways is one, and different ones are not.
func TestNormal(t *testing.T) {
	for _, c := range []struct {
		kind identity.Kind
		want string // "" refused
		in   []string
	}{
		{identity.NIK, "3578994501900001", []string{"3578994501900001", "'3578994501900001", "3578.9945.0190.0001", " 3578 9945 0190 0001 ", "3578994501900001.0", "\u20183578-99-45-01-90-0001", "３５７８９９４５０１９００００１", "\ufeff3578994501900001", "`3578994501900001"}},
		{identity.NIK, "", []string{"", " ", "3.51514E+15", "tidak ada", "3578994501900001x", strings.Repeat("1", 2000)}},
		{identity.Name, "SITI NURAINI", []string{"Siti Nuraini", "SITI  NUR'AINI", "siti nur’aini.", " Siti\u00a0Nuraini ", "Siti\u200b Nuraini", "Sïti Nuraini"}},
		{identity.Name, "M YUSUF S PD", []string{"M. Yusuf, S.Pd", "m yusuf s.pd."}},
		{identity.Name, "", []string{"", "-", "..."}},
		{identity.Phone, "+6281234567890", []string{"081234567890", "+62 812-3456-7890", "62 812 3456 7890", "81234567890", "(0812) 3456 7890", "0062 81234567890", "+62 (0)812 3456 7890"}},
		{identity.Phone, "+81312345678", []string{"+81 3 1234 5678", "0081-3-1234-5678"}},
		{identity.Phone, "", []string{"", "123", "0000000000000", "0812 rumah", "081234567890123456"}},
		{identity.Address, "JALAN MELATI NO 5 RT 3 RW 12 DESA SUKAMAJU", []string{"Jl. Melati No. 5 RT 03/RW 012 Ds. Sukamaju", "JALAN MELATI nomor 5, RT.3 RW.12 Desa Sukamaju"}},
		{identity.Email, "a@contoh.invalid", []string{"A@Contoh.invalid "}},
		{identity.Account, "1234567890", []string{"123-456-7890", "1234567890"}},
		{identity.Member, "ART 00012", []string{"art-00012"}},
		{identity.BirthDate, "", []string{"1990-01-05"}},
	} {
		for _, in := range c.in {
			if got, ok := identity.Normal(c.kind, in); got != c.want && ok || ok != (c.want != "") {
				t.Errorf("%s %q: %q %v, want %q", c.kind, in, got, ok, c.want)
			}
		}
	}
}

// The pseudonyms are those of another implementation (Python's hmac).
func TestPseudonymsOfAnotherHand(t *testing.T) {
	one, two := ring(t, 1), ring(t, 2)
	for _, c := range []struct {
		ring  *identity.Ring
		kind  identity.Kind
		value string
		want  string
	}{
		{one, identity.NIK, "3578 9945 0190 0001", "eebanbifippaflbempcdikljnjmikgbh"},
		{two, identity.NIK, "3578994501900001", "iaaghcggngmjlnfdpflhodnlgcpefofi"},
		{one, identity.KK, "3578994501900001", "gdmejjecbfmfhkhngjppepdoabodliid"},
		{one, identity.Name, "Siti Contoh", "fmpjhdcjjhkabiceichcfimahgeopdad"},
	} {
		if got, ok := c.ring.Hasher(c.kind).Of(c.value); !ok || got != c.want {
			t.Errorf("%s: %s, want %s", c.kind, got, c.want)
		}
	}
	if one.Newest() != (identity.Key{Number: 1, ID: "d4ee3d94dbcd"}) || two.Newest() != (identity.Key{Number: 2, ID: "def8b3843269"}) {
		t.Error(one.Newest(), two.Newest())
	}
}

// Rotating what is kept gives what a new import gives, for any value, kind and
// number of keys, and no pseudonym holds a digit.
func TestRotate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := slices.DeleteFunc(slices.Clone(identity.Kinds), func(k identity.Kind) bool { return !k.Hashable() })
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		value := rapid.String().Draw(t, "value")
		rings := []*identity.Ring{}
		r := &identity.Ring{}
		for i := range 4 {
			next, err := r.Add(counted(byte(50*i+3)), at)
			if err != nil {
				t.Fatal(err)
			}
			r, rings = next, append(rings, next)
		}
		from := rapid.IntRange(0, 3).Draw(t, "from")
		to := rapid.IntRange(from, 3).Draw(t, "to")
		old := rings[from].Hasher(kind).Sum(value)
		rotator, err := rings[to].Rotate(kind, rings[from].Newest())
		if err != nil {
			t.Fatal(err)
		}
		got, ok := rotator.Next(old)
		if want := rings[to].Hasher(kind).Sum(value); !ok || got != want || !identity.Pseudonym(got) || (from != to && got == old) {
			t.Fatalf("%s %v, want %s", got, ok, want)
		}
		for _, other := range kinds { // the same value of another kind differs
			if other != kind && rings[to].Hasher(other).Sum(value) == got {
				t.Fatalf("%s is %s", other, kind)
			}
		}
	})
}

func TestRotateRefuses(t *testing.T) {
	r := ring(t, 2)
	for _, k := range []identity.Key{{}, {Number: 3, ID: "x"}, {Number: 1, ID: "x"}, {Number: -1}} {
		if _, err := r.Rotate(identity.NIK, k); len(problem.Of(err)) != 1 {
			t.Errorf("%v: %v", k, err)
		}
	}
	rotator, err := r.Rotate(identity.NIK, ring(t, 1).Newest())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"", "3578994501900001", strings.Repeat("z", 32), strings.Repeat("a", 31)} {
		if _, ok := rotator.Next(s); ok {
			t.Errorf("%q is no pseudonym", s)
		}
	}
}

// What is shown of a value gives it away to nobody.
func TestMasked(t *testing.T) {
	for _, c := range []struct {
		kind     identity.Kind
		in, want string
	}{
		{identity.NIK, "3578994501900001", "••••••••••••••01"}, {identity.NIK, "'3578 9945 0190 0001", "'•••• •••• •••• ••01"},
		{identity.NIK, "357899450190000x", "•••••••••••••00•"}, {identity.NIK, "tidak ada", "t••••••••"},
		{identity.Phone, "0812-3456-7890", "••••-••••-••90"}, {identity.Name, "Siti Contoh", "S••••••••••"}, {identity.Name, "", ""}, {identity.Name, "A", "•"},
		{identity.Address, "5 Jalan", "•••••••"}, {identity.Name, "Siti 3578994501900001", "S•••••••••••••••••••"},
	} {
		if got := identity.Masked(c.kind, c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// The key is made on first use, outside the data directory, for its owner alone,
// and is the same ever after.
func TestOpen(t *testing.T) {
	base := t.TempDir()
	data := filepath.Join(base, "data")
	path := filepath.Join(base, "config", "dampak", "key.json")
	r, made, err := identity.Open(path, data, counted(0), at)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	again, made, err := identity.Open(path, data, counted(9), at)
	if err != nil || made || again.Newest() != r.Newest() {
		t.Fatal(made, err)
	}
	more, err := again.Add(counted(77), at)
	if err != nil {
		t.Fatal(err)
	}
	if err := more.Save(path, data); err != nil {
		t.Fatal(err)
	}
	third, _, err := identity.Open(path, data, counted(9), at)
	if err != nil || third.Newest() != more.Newest() || third.Holds(r.Newest()) != nil {
		t.Fatal(err)
	}
	if third.Hasher(identity.NIK).Sum("x") != more.Hasher(identity.NIK).Sum("x") {
		t.Error("the file does not give the keys back")
	}
	if err := r.Save(path, data); len(problem.Of(err)) != 1 {
		t.Errorf("a key was dropped: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v", left)
	}
}

// Whoever looks for a person gets the keys that are there, and makes none.
func TestExisting(t *testing.T) {
	base := t.TempDir()
	data := filepath.Join(base, "data")
	path := filepath.Join(base, "config", "key.json")
	for _, c := range []struct{ path, code string }{{path, "identity-key-none"}, {filepath.Join(data, "key.json"), "identity-key-inside"}} {
		if list := problem.Of(func() error { _, err := identity.Existing(c.path, data); return err }()); len(list) != 1 || list[0].Code != c.code {
			t.Errorf("%s: %v", c.code, list)
		}
	}
	if left, err := os.ReadDir(base); err != nil || len(left) != 0 {
		t.Errorf("made: %v %v", left, err)
	}
	made, _, err := identity.Open(path, data, counted(0), at)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := identity.Existing(path, data); err != nil || r.Newest() != made.Newest() {
		t.Error(r, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	base := t.TempDir()
	data := filepath.Join(base, "data")
	good := filepath.Join(base, "good.json")
	if _, _, err := identity.Open(good, data, counted(0), at); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	content, _ := os.ReadFile(good)
	var file struct {
		Keys []struct{ Secret string }
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	secret := file.Keys[0].Secret
	write := func(name, s string, mode os.FileMode) string {
		p := filepath.Join(base, name)
		if err := os.WriteFile(p, []byte(s), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	link := func(name, to string) string {
		p := filepath.Join(base, name)
		if err := os.Symlink(to, p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct{ name, path, code string }{
		{"inside", filepath.Join(data, "key.json"), "identity-key-inside"},
		{"inside by ..", filepath.Join(base, "x", "..", "data", "deep", "key.json"), "identity-key-inside"},
		{"inside by a link to the folder", filepath.Join(link("way", data), "key.json"), "identity-key-inside"},
		{"the data directory itself", data, "identity-key-inside"},
		{"a dangling link into the data", link("dangling", filepath.Join(data, "k")), "identity-key-unwritable"},
		{"read by all", write("all.json", string(content), 0o644), "identity-key-open"},
		{"read by a group", write("group.json", string(content), 0o640), "identity-key-open"},
		{"a folder", base, "identity-key-form"},
		{"empty", write("empty.json", "", 0o600), "identity-key-form"},
		{"no keys", write("none.json", `{"keys":[]}`, 0o600), "identity-key-form"},
		{"cut", write("cut.json", string(content[:len(content)/2]), 0o600), "identity-key-form"},
		{"one letter changed", write("changed.json", strings.Replace(string(content), secret[:2], "BB", 1), 0o600), "identity-key-form"},
		{"below a file", filepath.Join(good, "key.json"), "identity-key-unreadable"},
	} {
		_, made, err := identity.Open(c.path, data, counted(0), at)
		list := problem.Of(err)
		if made || len(list) != 1 || list[0].Code != c.code {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, list[0].Err), secret[:12]) {
			t.Errorf("%s: the secret is in the message", c.name)
		}
	}
	if left, _ := os.ReadDir(data); len(left) != 0 {
		t.Errorf("in the data directory: %v", left)
	}
	if _, _, err := identity.Open(filepath.Join(base, "short.json"), "", strings.NewReader("few"), at); err == nil {
		t.Error("a key of few random bytes")
	}
}

// A ring is never printed with its secrets.
func TestRingIsSilent(t *testing.T) {
	r := ring(t, 1)
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(form, r); s != "identity.Ring of 1 keys" {
			t.Errorf("%s: %s", form, s)
		}
	}
	if b, _ := json.Marshal(map[string]any{"ring": r}); string(b) != `{"ring":{}}` {
		t.Errorf("%s", b)
	}
}

func TestKeyPath(t *testing.T) {
	none := func(string) string { return "" }
	home := func() (string, error) { return filepath.FromSlash("/home/a/.config"), nil }
	if p, err := identity.KeyPath(none, home); err != nil || p != filepath.FromSlash("/home/a/.config/dampak/pseudonym-key.json") {
		t.Error(p, err)
	}
	named := func(n string) string { return map[string]string{identity.KeyFileVariable: "k.json"}[n] }
	if p, err := identity.KeyPath(named, home); err != nil || p != "k.json" {
		t.Error(p, err)
	}
	if _, err := identity.KeyPath(none, func() (string, error) { return "", os.ErrNotExist }); len(problem.Of(err)) != 1 {
		t.Error(err)
	}
}

// Each word of the room stands in the catalogue.
func TestWords(t *testing.T) {
	var keys []string
	for _, k := range identity.Kinds {
		keys = append(keys, "identity.kind."+string(k))
	}
	for _, f := range identity.Faults {
		keys = append(keys, "identity.fault."+string(f))
	}
	for _, d := range identity.Doubts {
		keys = append(keys, "identity.doubt."+string(d))
	}
	for _, key := range keys {
		if !i18n.Has(i18n.ID, key) || !i18n.Has(i18n.EN, key) {
			t.Errorf("%s has no words", key)
		}
	}
}

var sixteen = regexp.MustCompile(`\d{5,}`)

// FuzzIdentity: whatever a cell holds, its one spelling stays what it is, its
// pseudonym has the form of one, and what is shown of it has no run of digits.
func FuzzIdentity(f *testing.F) {
	for _, s := range []string{"3578994501900001", "'3578 9945 0190 0001", "Siti Nur'aini", "Jl. Melati 05", "+62 (0)812", "\xff\xfe", "３５", "a\u0301"} {
		f.Add(s)
	}
	r := ring(f, 2)
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range identity.Kinds {
			if m := identity.Masked(k, s); sixteen.MatchString(m) {
				t.Fatalf("%s: %q is shown as %q", k, s, m)
			}
			normal, ok := identity.Normal(k, s)
			if !ok {
				continue
			}
			if again, ok := identity.Normal(k, normal); !ok || again != normal {
				t.Fatalf("%s: %q, then %q", k, normal, again)
			}
			if p, ok := r.Hasher(k).Of(s); !ok || !identity.Pseudonym(p) {
				t.Fatalf("%s: %q", k, p)
			}
		}
		n, fault := identity.Read(s)
		if fault == "" && (len(s) != 16 || n.District != s[:6]) {
			t.Fatalf("%q", s)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for _, c := range []struct {
		name string
		kind identity.Kind
		in   string
		keys int
	}{{"nik", identity.NIK, "3578994501900001", 1}, {"nik-rotated", identity.NIK, "3578994501900001", 2}, {"name", identity.Name, "Siti Nur'aini Contoh", 1}, {"address", identity.Address, "Jl. Melati No. 5 RT 03/RW 12", 1}} {
		b.Run(c.name, func(b *testing.B) {
			h := ring(b, c.keys).Hasher(c.kind)
			b.ReportAllocs()
			for b.Loop() {
				h.Of(c.in)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hashes/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		n, _ := identity.Read("3578994501900001")
		n.Doubts(identity.NIK, identity.Beside{Region: "3578"})
	}
}
