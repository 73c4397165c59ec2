package api

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
)

// TestUploadsLeaveNobody: what was uploaded, taken, refused and cut off stands in no
// file and no line of the log by name or number. That compressed files hide nothing is
// tested where they are written.
func TestUploadsLeaveNobody(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	w := newTown(t)
	w.partners()
	w.person("sari", "Jatim")
	w.grant("sari", access.DataSteward, "35", "Jatim")
	w.play(datasetRows())
	body, kind := w.multipart(w.fill(strings.TrimPrefix(uploaded("data", "terpotong.csv: "+people()), "PARTS ")))
	for _, n := range []int{len(body) / 2, len(body) - 20} {
		r := httptest.NewRequest(http.MethodPost, Base+w.fill("/datasets/<data>/versions"), strings.NewReader(body[:n]))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", "Bearer "+w.tokens["wahyu"])
		got := httptest.NewRecorder()
		w.api.ServeHTTP(got, r)
		if got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), "api-cut") {
			t.Errorf("cut off at %d: %d %s", n, got.Code, got.Body)
		}
	}
	names := []string{"Sumini", "Wagiman", "Tukinem", "Salah Contoh", "Anwar", "3507" + "991501900005", "3507" + "990099900001"}
	looked := 0
	for _, dir := range []string{temp, w.dir} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			looked++
			for _, name := range names {
				if bytes.Contains(b, []byte(name)) {
					t.Errorf("%s holds %s", path, name)
				}
			}
			return err
		})
		w.ok(err)
	}
	for _, name := range names {
		if strings.Contains(log.String(), name) {
			t.Errorf("the log holds %s", name)
		}
	}
	if looked < 5 {
		t.Errorf("%d files were looked at", looked)
	}
}

// TestRejectsAreWholeRows: what is too much to go back is cut behind a row.
func TestRejectsAreWholeRows(t *testing.T) {
	var c cutting
	row := "\"a\nb\"," + strings.Repeat("x", 1000) + "\n"
	for range mostRejected/len(row) + 5 {
		fmt.Fprint(&c, row)
	}
	got := c.rejects()
	if !got.Cut || len(got.Rows)%len(row) != 0 || len(got.Rows) > mostRejected || !strings.HasSuffix(got.Rows, "x\n") {
		t.Errorf("%d bytes, cut %v", len(got.Rows), got.Cut)
	}
	c = cutting{}
	fmt.Fprint(&c, "\ufeffnik,nama\n1,\"a\n")
	if got := c.rejects(); got.Cut || got.Rows != "nik,nama\n1,\"a\n" {
		t.Errorf("%+v", got)
	}
}

// FuzzUpload: no body of an upload makes the program fail, nor does it get in.
func FuzzUpload(f *testing.F) {
	w := newTown(f)
	w.partners()
	for _, parts := range []string{uploaded("data", "a.csv: "+people()), `PARTS {"file":"a.xlsx: PK","seen":1,"why":"uji"}`, `PARTS {"why":"uji"}`} {
		body, kind := w.multipart(w.fill(strings.TrimPrefix(parts, "PARTS ")))
		f.Add(kind, body[:len(body)-30])
		f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../a.csv\"\r\n\r\na,b\n1,2\r\n--x--\r\n")
		f.Add("multipart/form-data", body)
	}
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"seen\"\r\n\r\n-1\r\n--x\r\nContent-Disposition: form-data; name=\"why\"\r\n\r\nuji\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\x00\x01\r\n--x--\r\n")
	head := w.head()
	f.Fuzz(func(t *testing.T, kind, body string) {
		w.t = t
		r := httptest.NewRequest(http.MethodPost, Base+w.fill("/datasets/<data>/versions"), strings.NewReader(body))
		r.Header["Content-Type"] = []string{kind}
		r.Header.Set("Authorization", "Bearer "+w.tokens["wahyu"])
		got := httptest.NewRecorder()
		w.api.ServeHTTP(got, r)
		if got.Code < 400 || got.Code >= 500 || got.Code == 401 || strings.Contains(got.Body.String(), "[problem.") {
			t.Errorf("%q %q: %d %s", kind, body, got.Code, got.Body)
		}
		if w.head() != head {
			t.Errorf("%q got in", body)
		}
	})
}
