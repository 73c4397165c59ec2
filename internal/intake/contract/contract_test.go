package contract_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// around puts properties and fields into a contract that is sound otherwise.
func around(fields, rest string) string {
	return `{"dampak:contract": "1", "dampak:class": "personal",` + rest + ` "fields": [` + fields + `]}`
}

func parse(t testing.TB, src string) *contract.Contract {
	t.Helper()
	c, err := contract.Parse([]byte(src), "c.json")
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return c
}

// Each mistake is named, with its place.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, src, code string
		line, column    int
	}{
		{"nothing", "", "contract-not-json", 1, 1},
		{"no JSON", "fields: []", "contract-not-json", 1, 2},
		{"cut", "{\n \"fields\": [", "contract-not-json", 2, 13},
		{"a comma too many", "{\n  \"name\": \"a\",\n}", "contract-not-json", 3, 1},
		{"two values", "{} {}", "contract-not-json", 1, 4},
		{"not UTF-8", "{\"name\":\n\"\xff\"}", "contract-not-utf8", 2, 2},
		{"a list", "[]", "contract-kind", 1, 1},
		{"deep", strings.Repeat("[", 40) + strings.Repeat("]", 40), "contract-too-deep", 1, 33},
		{"too big", strings.Repeat(" ", contract.MaxSize+1), "contract-too-big", 0, 0},
		{"a key twice", "{\"name\": \"a\",\n \"name\": \"b\"}", "contract-key-twice", 2, 2},
		{"an unknown property", around(`{"name": "a", "sensitivity": "public"}`, ""), "contract-unknown", 1, 79},
		{"an unknown property of ours", around(`{"name": "a"}`, "\n\"dampak:sensitivities\": \"public\","), "contract-unknown", 2, 1},
		{"an unknown constraint", around("{\"name\": \"a\", \"constraints\": {\n\"requird\": true}}", ""), "contract-unknown", 2, 1},
		{"no version", `{"dampak:class": "public", "fields": [{"name": "a"}]}`, "contract-version", 1, 1},
		{"another version", strings.Replace(around(`{"name": "a"}`, ""), `"1"`, `"2"`, 1), "contract-version", 1, 21},
		{"no class", `{"dampak:contract": "1", "fields": [{"name": "a"}]}`, "contract-lacks", 1, 1},
		{"no fields", `{"dampak:contract": "1", "dampak:class": "public"}`, "contract-lacks", 1, 1},
		{"empty fields", around("", ""), "contract-fields", 1, 64},
		{"fields no list", strings.Replace(around("", ""), "[]", "{}", 1), "contract-kind", 1, 64},
		{"a field no object", around(`"a"`, ""), "contract-kind", 1, 65},
		{"a class unknown", strings.Replace(around(`{"name": "a"}`, ""), `"personal"`, `"persnal"`, 1), "contract-word", 1, 42},
		{"a name of signs", around(`{"name": "a"}`, "\n\"name\": \"a b/c\","), "contract-name", 2, 9},
		{"a number as title", around(`{"name": "a"}`, "\n\"title\": 5,"), "contract-kind", 2, 10},
		{"no name", around("\n{\"type\": \"string\"}", ""), "contract-lacks", 2, 1},
		{"a long name", around("\n{\"name\": \""+strings.Repeat("a", 64)+"\"}", ""), "contract-field-name", 2, 10},
		{"a star", around("\n{\"name\": \"*\"}", ""), "contract-field-name", 2, 10},
		{"type misspelt", around("\n{\"name\": \"a\", \"type\": \"interger\"}", ""), "contract-word", 2, 23},
		{"a type not read", around("\n{\"name\": \"a\", \"type\": \"geojson\"}", ""), "contract-type-later", 2, 23},
		{"a format of another type", around("\n{\"name\": \"a\", \"type\": \"integer\", \"format\": \"email\"}", ""), "contract-format", 2, 44},
		{"a format with a directive unknown", around("\n{\"name\": \"a\", \"type\": \"date\", \"format\": \"%d %B %Y\"}", ""), "contract-format", 2, 41},
		{"a mark at a text", around("\n{\"name\": \"a\", \"groupChar\": \".\"}", ""), "contract-mark", 2, 28},
		{"two equal marks", around("\n{\"name\": \"a\", \"type\": \"number\", \"groupChar\": \",\", \"decimalChar\": \",\"}", ""), "contract-mark", 2, 46},
		{"a share above 1", around("\n{\"name\": \"a\", \"dampak:blank\": 5}", ""), "contract-share", 2, 31},
		{"an enum of another type", around("\n{\"name\": \"a\", \"type\": \"integer\", \"constraints\": {\"enum\": [1, 2.5]}}", ""), "contract-value", 2, 62},
		{"an empty enum", around("\n{\"name\": \"a\", \"constraints\": {\"enum\": []}}", ""), "contract-empty", 2, 39},
		{"a minimum of a text", around("\n{\"name\": \"a\", \"constraints\": {\"minimum\": 1}}", ""), "contract-constraint", 2, 42},
		{"a minimum that is no day", around("\n{\"name\": \"a\", \"type\": \"date\", \"constraints\": {\"minimum\": \"2024-02-30\"}}", ""), "contract-value", 2, 58},
		{"a range upside down", around("\n{\"name\": \"a\", \"type\": \"integer\", \"constraints\": {\"minimum\": 5, \"exclusiveMaximum\": 4}}", ""), "contract-range", 2, 49},
		{"lengths upside down", around("\n{\"name\": \"a\", \"constraints\": {\"minLength\": 5, \"maxLength\": 4}}", ""), "contract-range", 2, 30},
		{"a length below 0", around("\n{\"name\": \"a\", \"constraints\": {\"minLength\": -1}}", ""), "contract-length", 2, 44},
		{"a broken pattern", around("\n{\"name\": \"a\", \"constraints\": {\"pattern\": \"(\"}}", ""), "contract-pattern", 2, 42},
		{"required a word", around("\n{\"name\": \"a\", \"constraints\": {\"required\": \"yes\"}}", ""), "contract-kind", 2, 43},
		{"two fields of one name", around("{\"name\": \"a b\"},\n{\"name\": \"A_B\"}", ""), "contract-header-twice", 2, 1},
		{"a synonym of another field", around("{\"name\": \"a\"},\n{\"name\": \"b\", \"dampak:synonyms\": [\"A.\"]}", ""), "contract-header-twice", 2, 1},
		{"a key of no field", around(`{"name": "a"}`, "\n\"primaryKey\": [\"b\"],"), "contract-no-field", 2, 16},
		{"a key twice in itself", around(`{"name": "a"}`, "\n\"primaryKey\": [\"a\", \"a\"],"), "contract-field-repeated", 2, 21},
		{"an empty key", around(`{"name": "a"}`, "\n\"primaryKey\": [],"), "contract-empty", 2, 15},
		{"a foreign key elsewhere", around(`{"name": "a"}`, "\n\"foreignKeys\": [{\"fields\": \"a\", \"reference\": {\"resource\": \"desa\", \"fields\": \"kode\"}}],"), "contract-foreign", 2, 46},
		{"a region as number", around(`{"name": "a", "type": "integer"}`, "\n\"foreignKeys\": [{\"fields\": \"a\", \"reference\": {\"resource\": \"regions\", \"fields\": \"code\"}}],"), "contract-foreign-type", 2, 28},
		{"a role twice", around("{\"name\": \"a\", \"type\": \"year\", \"dampak:role\": \"period\"},\n{\"name\": \"b\", \"type\": \"year\", \"dampak:role\": \"period\"}", ""), "contract-role-twice", 2, 1},
		{"a period of text", around("\n{\"name\": \"a\", \"dampak:role\": \"period\"}", ""), "contract-role", 2, 1},
		{"a region unknown", around(`{"name": "a"}`, "\n\"dampak:regions\": [\"3599\"],"), "contract-region", 2, 19},
		{"a period upside down", around(`{"name": "a"}`, "\n\"dampak:period\": {\"from\": \"2024-01-01\", \"until\": \"2023-01-01\"},"), "contract-range", 2, 18},
		{"no day of retention", around(`{"name": "a"}`, "\n\"dampak:retention\": \"31-12-2030\","), "contract-day", 2, 21},

		// What tells of persons.
		{"a NIK unsaid", around("\n{\"name\": \"nik\"}", ""), "contract-identity-unsaid", 2, 10},
		{"a name unsaid", around("\n{\"name\": \"nama_penerima\"}", ""), "contract-identity-unsaid", 2, 10},
		{"a NIK by its title", around("\n{\"name\": \"x\", \"title\": \"NIK\"}", ""), "contract-identity-unsaid", 2, 10},
		{"a name by a synonym", around("\n{\"name\": \"x\", \"dampak:synonyms\": [\"Nama KPM\"]}", ""), "contract-identity-unsaid", 2, 10},
		{"none without a reason", around("\n{\"name\": \"nama\", \"dampak:identity\": \"none\"}", ""), "contract-reason", 2, 37},
		{"identity without its kind", around("\n{\"name\": \"x\", \"dampak:sensitivity\": \"identity\"}", ""), "contract-identity-kind", 2, 37},
		{"a kind unknown", around("\n{\"name\": \"x\", \"dampak:identity\": \"nikk\"}", ""), "contract-word", 2, 34},
		{"a NIK kept", around("\n{\"name\": \"nik\", \"dampak:identity\": \"nik\", \"dampak:treatment\": \"keep\", \"dampak:reason\": \"perlu\"}", ""), "contract-keep", 2, 63},
		{"a birth date kept without a reason", around("\n{\"name\": \"lahir\", \"type\": \"date\", \"dampak:identity\": \"birth-date\", \"dampak:treatment\": \"keep\"}", ""), "contract-reason", 2, 88},
		{"a birth date hashed", around("\n{\"name\": \"lahir\", \"type\": \"date\", \"dampak:identity\": \"birth-date\", \"dampak:treatment\": \"hash\"}", ""), "contract-hash", 2, 88},
		{"an income hashed", around("\n{\"name\": \"x\", \"dampak:treatment\": \"hash\"}", ""), "contract-hash", 2, 35},
		{"a NIK as number", around("\n{\"name\": \"nik\", \"type\": \"integer\", \"dampak:identity\": \"nik\"}", ""), "contract-identity-type", 2, 25},
		{"a NIK public", around("\n{\"name\": \"nik\", \"dampak:identity\": \"nik\", \"dampak:sensitivity\": \"public\"}", ""), "contract-sensitivity", 2, 65},
		{"months of a text", around("\n{\"name\": \"lahir\", \"dampak:identity\": \"birth-date\", \"dampak:treatment\": \"month\"}", ""), "contract-month", 2, 72},
		{"persons in a public dataset", strings.Replace(around("{\"name\": \"nik\", \"dampak:identity\": \"nik\"}", ""), "personal", "limited", 1), "contract-class", 1, 42},
		{"limited in a public dataset", strings.Replace(around("{\"name\": \"x\", \"dampak:sensitivity\": \"limited\"}", ""), "personal", "public", 1), "contract-class", 1, 42},
	} {
		_, err := contract.Parse([]byte(c.src), "c.json")
		list := problem.Of(err)
		if len(list) == 0 || list[0].Code != c.code || list[0].Line != c.line || list[0].Column != c.column {
			at := ""
			if len(list) > 0 {
				at = fmt.Sprintf("%s %d:%d ", list[0].Code, list[0].Line, list[0].Column)
			}
			t.Errorf("%s: %s%v, want %s at %d:%d\n%s", c.name, at, err, c.code, c.line, c.column, c.src[:min(len(c.src), 300)])
			continue
		}
		spoken(t, list)
	}
}

var unfilled = regexp.MustCompile(`\{[a-z]|\[[a-z]+[.-]`)

// spoken fails on a problem without a whole sentence in both languages.
func spoken(t testing.TB, list problem.List) {
	t.Helper()
	for _, p := range list {
		for _, l := range i18n.Langs {
			if s := p.Text(l); !i18n.Has(l, "problem."+p.Code) || unfilled.MatchString(strings.ReplaceAll(s, "[a-z]", "")) && !strings.Contains(p.Code, "json") {
				t.Errorf("%s: %s", l, s)
			}
		}
	}
}

// A misspelt property is told its nearest, also where only our prefix lacks.
func TestSuggestion(t *testing.T) {
	for in, want := range map[string]string{"sensitivity": "dampak:sensitivity", "dampak:treatmnt": "dampak:treatment", "titel": "title", "xyzzyxyzzyxyzzyx": ""} {
		_, err := contract.Parse([]byte(around(`{"name": "a", "`+in+`": "x"}`, "")), "")
		if list := problem.Of(err); len(list) == 0 || list[0].Values["suggestion"] != want {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// All problems of a contract come at once, in order of place.
func TestAllAtOnce(t *testing.T) {
	_, err := contract.Parse([]byte("{\n\"x\": 1,\n\"dampak:retention\": \"?\",\n\"fields\": [{\"type\": \"?\"}]}"), "c.json")
	var lines []int
	for _, p := range problem.Of(err) {
		lines = append(lines, p.Line)
	}
	if fmt.Sprint(lines) != "[1 1 2 3 4 4]" {
		t.Errorf("%v %v", lines, err)
	}
}

const full = `{
  "fields": [
    {"name": "nik", "type": "string", "dampak:identity": "nik", "dampak:sensitivity": "identity", "constraints": {"required": true, "unique": false}},
    {"dampak:treatment": "keep", "name": "pengeluaran", "type": "number", "title": "Pengeluaran <Rp>", "constraints": {"minimum": 0.0, "maximum": 1.5e6}, "decimalChar": ".", "bareNumber": true, "format": "default", "example": "10"},
    {"name": "ada", "type": "boolean", "trueValues": ["ya"], "falseValues": ["tidak"]},
    {"name": "kelas", "type": "integer", "categories": [{"value": 1, "label": "satu"}, {"value": 2}], "missingValues": ["", "-9"]}
  ],
  "dampak:class": "personal", "dampak:contract": "1", "missingValues": [""], "fieldsMatch": "exact",
  "$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "keywords": ["a", {"b": 1.50}]
}`

// The identity of a contract: what is at its default, order and spelling of
// numbers do not count; the form is written down here so that it cannot change
// unseen.
func TestCanonical(t *testing.T) {
	const want = `{"$schema":"https://datapackage.org/profiles/2.0/tableschema.json","dampak:class":"personal","dampak:contract":"1","fields":[` +
		`{"constraints":{"required":true},"dampak:identity":"nik","dampak:treatment":"hash","name":"nik","type":"string"},` +
		`{"constraints":{"maximum":1500000,"minimum":0},"example":"10","name":"pengeluaran","title":"Pengeluaran <Rp>","type":"number"},` +
		`{"falseValues":["tidak"],"name":"ada","trueValues":["ya"],"type":"boolean"},` +
		`{"categories":[{"label":"satu","value":1},{"value":2}],"missingValues":["","-9"],"name":"kelas","type":"integer"}],"keywords":["a",{"b":1.50}]}`
	c := parse(t, full)
	if got := string(c.Canonical()); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	const sum = "3fd0445bdbc30d728419c0e10771106936dd81f94cc20262a09498c7db08da05"
	if got := c.SHA256(); got != sum {
		t.Errorf("%s, want %s", got, sum)
	}
	if again := parse(t, string(c.JSON())); again.SHA256() != sum || string(again.JSON()) != string(c.JSON()) {
		t.Errorf("what is written is another contract:\n%s", c.JSON())
	}
	if parse(t, strings.Replace(full, `"ya"`, `"y"`, 1)).SHA256() == sum {
		t.Error("another contract has the same identity")
	}
}

// The contracts that ship have the identity of this release, are written as the
// program writes them, lack nothing but the regions of the office, and their
// fields have words in both languages.
func TestShipped(t *testing.T) {
	for name, sum := range map[string]string{contract.Disbursements: "db26712aa1c152d5b5541b2e49f54df0a51ab21c776fcf49ac28183d17c0bb58", contract.Budgets: "1fa1395eb8e48307ebabe608da8d53b933fe6b682194dd603761bc02c54f0e29"} {
		c, ok := contract.Named(name)
		if !ok || c.SHA256() != sum {
			t.Errorf("%s: %s", name, c.SHA256())
		}
		src, err := os.ReadFile("data/" + name + ".json")
		if err != nil || string(src) != string(c.JSON()) {
			t.Errorf("%s is not written as JSON() does (%v)", name, err)
		}
		if list := c.Incomplete(); len(list) != 1 || list[0].Values["property"] != "dampak:regions" {
			t.Errorf("%s: %v", name, list)
		}
		class, columns, _ := c.Register()
		if class != registry.LimitedData || len(columns) != len(c.Fields) {
			t.Errorf("%s: %s, %d columns", name, class, len(columns))
		}
	}
	if _, ok := contract.Named("../doc"); ok {
		t.Error("a contract of any path")
	}
	if len(contract.Shipped) != 2 {
		t.Error(contract.Shipped)
	}
}

// Headers that offices write tell who is known by a column, and those of
// programmes, places and counts tell of nobody.
func TestHeaderIdentity(t *testing.T) {
	for want, headers := range map[identity.Kind][]string{
		identity.NIK:       {"NIK", "nik", "No. NIK", "N I K", "NIK KPM", "nomor_induk_kependudukan", "No KTP", "NoKTP", "National ID", "nik_kepala"},
		identity.KK:        {"No KK", "no_kk", "NOKK", "Nomor Kartu Keluarga", "nomor_kartu_keluarga", "Family Card Number", "No. KK Lama"},
		identity.Name:      {"Nama", "NAMA LENGKAP", "Nama KPM", "kepala_keluarga", "nama_ibu_kandung", "Full name", "Nama Penerima Manfaat", "Nama KK", "namaLengkap", "Penerima", "PENERIMA BANTUAN", "NM_KPM", "Pendamping", "Ahli Waris"},
		identity.Phone:     {"HP", "No. HP", "no_telp", "Telepon", "Nomor Handphone", "WhatsApp", "Mobile number", "CP", "Narahubung"},
		identity.Address:   {"Alamat", "alamat_domisili", "Alamat Rumah KPM", "RT", "RT/RW", "Address", "street"},
		identity.BirthDate: {"Tanggal Lahir", "tgl_lahir", "TGL LHR", "date_of_birth", "DOB", "TTL", "Tempat, Tanggal Lahir", "tglLahir"},
		identity.Account:   {"No Rekening", "norek", "Rek.", "Nomor KKS", "NPWP"},
		identity.Email:     {"E-mail", "email", "Alamat Email", "Surel"},
		identity.Member:    {"id_keluarga_p3ke", "ID DTKS", "id_individu", "No Peserta PKH"},
		identity.Location:  {"latitude", "Koordinat Rumah", "GPS", "_geopoint"},
		"": {"tahun", "Nama Program", "nm_prog", "nm_kec", "nama_kabupaten", "penerima_pkh", "Jumlah Penerima", "Nama Desa/Kelurahan", "Jumlah KK", "KK Miskin (jumlah)", "hubungan_dengan_kepala_keluarga", "Jumlah Penduduk", "padan_dukcapil",
			"Kode Wilayah", "KPM", "kpm_salur", "Nama Bank", "R101", "FWT", "memiliki_hp", "Jumlah HP", "pekerjaan", "usia", "jenis_kelamin", "status NIK", "website address", "Program name", "tanggal_salur", "desil", "ID", "thnlahir"},
	} {
		for _, h := range headers {
			if got, _ := contract.HeaderIdentity(h); got != want {
				t.Errorf("%q: %q, want %q", h, got, want)
			}
		}
	}
}

// The table of headers is sound: kinds that exist, no word twice.
func TestHeaderTable(t *testing.T) {
	f, err := os.Open("data/headers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]string{}
	for _, r := range rows[1:] {
		if !slices.Contains(identity.Kinds, identity.Kind(r[0])) || !slices.Contains([]string{"whole", "word", "not"}, r[1]) || r[2] != strings.ToLower(r[2]) || r[2] == "" {
			t.Errorf("%q", r)
		}
		if key := contract.HeaderKey(r[2]); r[1] == "whole" {
			if other := whole[key]; other != "" && other != r[0] {
				t.Errorf("%q is %s and %s", r[2], other, r[0])
			}
			whole[key] = r[0]
		}
	}
}

// What the page for officers says is what the program reads.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/contract.md")
	if err != nil {
		t.Fatal(err)
	}
	for place, names := range contract.Properties() {
		for _, name := range names {
			if !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("docs/contract.md does not have `%s` of %s", name, place)
			}
		}
	}
	for _, r := range contract.Rules {
		if !strings.Contains(string(page), "`"+string(r)+"`") {
			t.Errorf("docs/contract.md does not have the rule `%s`", r)
		}
	}
	for _, f := range contract.Findings {
		if !strings.Contains(string(page), "`"+string(f)+"`") {
			t.Errorf("docs/contract.md does not have the finding `%s`", f)
		}
	}
	if !utf8.Valid(page) {
		t.Error("not UTF-8")
	}
	for example := range strings.SplitSeq(string(page), "```json\n") {
		src, _, ok := strings.Cut(example, "```")
		if !ok || !strings.HasPrefix(src, "{") {
			continue
		}
		if _, err := contract.Parse([]byte(src), "docs/contract.md"); err != nil {
			t.Errorf("the example of the page: %v", err)
		}
	}
}

// FuzzParse: whatever the bytes are, there is a contract that says itself again
// or there are problems in words, and no identity number passes into either.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	for _, s := range []string{around(person, regionKey), `{"dampak:contract":"1","dampak:class":"public","fields":[{"name":"a","type":"date","format":"%d/%m/%Y"}]}`, "[", "{}", `{"fields":[{}]}`, `{"primaryKey":[],"uniqueKeys":[[]]}`, "\ufeff{}", `{"fields":[{"name":"a","constraints":{"minimum":1e999}}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := contract.Parse(src, "c.json")
		if err != nil {
			list := problem.Of(err)
			if len(list) == 0 {
				t.Fatal(err)
			}
			for _, p := range list {
				if p.Text(i18n.ID) == "" || p.Text(i18n.EN) == "" || strings.HasPrefix(p.Text(i18n.EN), "[") {
					t.Fatal(p.Code)
				}
			}
			return
		}
		again, err := contract.Parse(c.JSON(), "c.json")
		if err != nil {
			t.Fatalf("%v\n%s", err, c.JSON())
		}
		if string(again.Canonical()) != string(c.Canonical()) {
			t.Fatalf("%s\n%s", c.Canonical(), again.Canonical())
		}
		c.Incomplete()
	})
}

// TestSpelled: as a file's rows are kept, so is a region asked for, in either system.
func TestSpelled(t *testing.T) {
	for _, system := range []string{contract.BPS, contract.Kemendagri} {
		c := parse(t, around(`{"name": "kode"}`, strings.Replace(regionKey, `"kemendagri"`, `"`+system+`"`, 1)))
		stored, _, _ := checked(t, c, table(t, "kode\n35.26\n3526\nKabupaten Bangkalan\n"))
		for _, row := range stored[1:] {
			if code, ok := c.RegionKeys[0].Spelled("3526"); !ok || row[0] != code {
				t.Errorf("%s: %q is kept, %q asked for", system, row[0], code)
			}
		}
		if _, ok := c.RegionKeys[0].Spelled("9999"); ok != (system == contract.BPS) || len(stored) != 4 {
			t.Errorf("%s: a region without a code is spelled; %v", system, stored)
		}
	}
}
