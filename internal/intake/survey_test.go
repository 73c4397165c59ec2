package intake_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
)

// TestSurveyExports: what KoboToolbox, an older server and ODK Central write of one
// survey is read as the same households; who answered and who asked is replaced or
// dropped, and so is where they live (testdata/survey.py).
func TestSurveyExports(t *testing.T) {
	store := record(t, filepath.Join(t.TempDir(), "data")).Contents()
	for _, c := range []struct {
		file, sheet string
		rows        int64
		hidden      string // columns that are replaced or dropped, as fields are called
		cautions    string // codes that must be there
	}{
		{"kobo.xlsx", "", 30, "username deviceid phonenumber krt_nama_krt krt_no_hp lokasi_titik titik_latitude titik_longitude titik_altitude submitted_by meta_instancename", "workbook-repeats"},
		{"kobo.xlsx", "anggota", 120, "anggota_nama_art submission_submitted_by", "workbook-repeat"},
		{"kobo-labels.xlsx", "", 30, "username deviceid phonenumber siapa_nama_kepala_rumah_tangga nomor_hp_yang_dapat_dihubungi titik_rumah titik_rumah_latitude titik_rumah_longitude titik_rumah_altitude submitted_by meta_instancename", "workbook-repeats"},
		{"kobo.csv", "", 30, "username deviceid phonenumber krt_nama_krt krt_no_hp lokasi_titik titik_latitude titik_longitude titik_altitude submitted_by meta_instancename", "csv-separator"},
		{"ona.csv", "", 30, "username deviceid phonenumber krt_nama_krt krt_no_hp lokasi_titik titik_latitude titik_longitude titik_altitude submitted_by meta_instancename", "grid-marks"},
		{"odk.csv", "", 30, "deviceid krt_nama_krt krt_no_hp lokasi_titik_latitude lokasi_titik_longitude lokasi_titik_altitude meta_instancename submitterid submittername deviceid_2", "csv-separator"},
		{"odk-anggota.csv", "", 120, "nama_art", "csv-separator"},
		{"kobo.json", "", 30, "username deviceid krt_nama_krt krt_no_hp lokasi_titik submitted_by meta_instancename", "json-left"},
	} {
		t.Run(c.file+c.sheet, func(t *testing.T) {
			r, err := take(t, "testdata/"+c.file, intake.Options{Reading: intake.Reading{Sheet: c.sheet}, Keep: &store})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows.Accepted != c.rows || r.Rows.Rejected != 0 {
				t.Errorf("%+v %+v", r.Rows, r.Counts)
			}
			var hidden []string
			for _, f := range r.Contract.Fields {
				if f.Treatment != contract.Keep {
					hidden = append(hidden, f.Name)
				}
				if f.Identity == identity.Location && f.Treatment != contract.Drop {
					t.Errorf("%s: where somebody lives is kept", f.Name)
				}
			}
			if got := strings.Join(hidden, " "); got != c.hidden {
				t.Errorf("replaced or dropped: %s\nwant %s", got, c.hidden)
			}
			if said := codes(r.Cautions); !strings.Contains(" "+said+" ", " "+c.cautions+" ") {
				t.Errorf("said %s, want %s", said, c.cautions)
			}
			rows := table(t, store, r.Content)
			for _, row := range rows[1:] {
				if all := strings.Join(row, "|"); strings.Contains(all, "Orang") || strings.Contains(all, "Anggota ") || strings.Contains(all, "0812") || strings.Contains(all, "-7.8") || strings.Contains(all, "enum01") {
					t.Fatalf("a name, number or place is kept: %s", all)
				}
			}
			if c.rows != 30 {
				return
			}
			at := map[string]int{}
			for i, name := range rows[0] {
				for _, end := range []string{"kabupaten", "jenis", "jenis_pkh", "makan_sebulan", "puas", "status_rumah"} {
					if strings.HasSuffix(name, end) {
						at[end] = i
					}
				}
			}
			for i, want := range []string{"Pacitan 450000 1 Milik sendiri", "Ponorogo 475000 2 Kontrak"} {
				if c.file == "kobo-labels.xlsx" {
					break // its headers are the questions
				}
				row := rows[i+1]
				if i == 0 {
					want = "Pacitan  1 Milik sendiri" // no answer
				}
				if got := fmt.Sprint(row[at["kabupaten"]], " ", row[at["makan_sebulan"]], " ", row[at["puas"]], " ", row[at["status_rumah"]]); got != want {
					t.Errorf("row %d: %s, want %s", i, got, want)
				}
				if j, ok := at["jenis_pkh"]; ok && row[j] != "" { // several answers: one text, and one column a choice
					chosen := strings.Contains(" "+row[at["jenis"]]+" ", " pkh ")
					if is := row[j] == "1" || row[j] == "true"; is != chosen {
						t.Errorf("row %d: %s beside %s", i, row[j], row[at["jenis"]])
					}
				}
			}
		})
	}
}

// TestSurveyTimes: a moment of a survey is on the clock of who answered, and no
// identity number.
func TestSurveyTimes(t *testing.T) {
	r, err := take(t, "testdata/kobo.csv", intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, ok := r.Contract.Field("start")
	if !ok || f.Type != contract.Datetime || f.Identity != "" {
		t.Errorf("%+v", f)
	}
	if r.Contract.PrimaryKey == nil || r.Contract.PrimaryKey[0] != "id" {
		t.Error(r.Contract.PrimaryKey)
	}
}
