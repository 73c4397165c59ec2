package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
)

// TestPagesOfTheRecord: what each reader is told and offered on a page, and what not.
func TestPagesOfTheRecord(t *testing.T) {
	w := newWorld(t)
	if got := w.post("head", "/pengelolaan/instansi/@provinsi/tanda-tangan", "plt=letter&why=kebijakan"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	for _, row := range []struct {
		who, path    string
		says, saysNo []string
	}{
		// Nobody is offered what would only be refused.
		{"admin", "/pengelolaan/hak/@hak-diminta", []string{"dua orang"}, []string{"/setujui", "/tolak", "dampak user confirm"}},
		{"second", "/pengelolaan/hak/@hak-diminta", []string{"/setujui", "/tolak"}, nil},
		{"admin", "/pengelolaan/jabatan/@jabatan-malang", []string{"lowong", "/isi"}, []string{"/akhiri-masa"}},
		{"admin", "/pengelolaan/jabatan/@jabatan-provinsi", []string{"/akhiri-masa"}, nil},
		{"admin", "/pengelolaan/orang/@analyst", []string{"/tangguhkan"}, []string{"/hapus-faktor-kedua"}},
		// Nobody is chosen for the reader, and only what is within reach is offered.
		{"admin", "/pengelolaan/hak/minta", []string{`<option value="" selected>pilih satu</option>`, `<li hidden>pilih satu</li>`}, []string{`<option value="head" selected>`}},
		{"administrator-malang", "/pengelolaan/hak/minta", []string{`<option value="3507" selected>`, "Dinas Sosial Kabupaten Malang"}, []string{`value="0000"`, `value="35"`, "Dinas Sosial Kabupaten Sampang"}},
		{"administrator-35", "/pengelolaan/instansi/daftarkan", []string{`value="3507"`, `value="35"`}, []string{`value="0000"`, `value="33"`}},
		{"administrator-malang", "/pengelolaan/jabatan/buat", []string{"Dinas Sosial Kabupaten Malang"}, []string{"Dinas Sosial Kabupaten Sampang", "Balai Besar"}},
		// When the letter of a mandate is needed, and how a day is written on paper.
		{"admin", "/pengelolaan/jabatan/@jabatan-malang/isi", []string{"Nomor surat perintah <small>(perlu bagi Plt., Plh., dan a.n.)", `<p class="onpaper">27 November 2026</p>`, `<p class="onpaper">…… / …… / ………… (tanggal/bulan/tahun)</p>`}, nil},
		// A denial names the reader's own place where none was asked for.
		{"nobody", "/pengelolaan/orang", []string{"Kabupaten Sampang untuk Dinas Sosial Kabupaten Sampang"}, []string{"di Indonesia"}},
		{"analyst", "/pengelolaan/hak/minta", []string{"Provinsi Jawa Timur"}, []string{"di Indonesia"}},
		// Days in sentences, counts of what one may see, one's own roles.
		{"admin", "/", []string{"segera berakhir: hari terakhirnya 10 Desember 2026"}, nil},
		{"second", "/", []string{"diminta Rini Admin pada 27 November 2026"}, nil},
		{"auditor-malang", "/pengelolaan/catatan", []string{"Peristiwa yang dapat Anda lihat"}, []string{"peristiwa tercatat"}},
		{"auditor", "/pengelolaan/catatan", []string{"peristiwa tercatat", `value="anchor"`, `value="notice"`, `value="inbox"`, `value="digest"`}, nil},
		{"auditor", "/pengelolaan/catatan?jenis=notice", []string{"mengirim pemberitahuan"}, []string{"mengundang"}},
		{"kabupaten-officer", "/pengelolaan/orang", []string{"petugas kabupaten/kota", "tidak dibuka bagi Anda"}, nil},
		{"admin", "/pengelolaan/instansi/@provinsi", []string{"mengubah tanda tangan Plt., Plh., dan a.n.: Dinsos Jatim"}, nil},
	} {
		page := w.get(row.who, row.path).Body.String()
		for _, s := range row.says {
			if !strings.Contains(page, s) {
				t.Errorf("%s %s: no %q", row.who, row.path, s)
			}
		}
		for _, s := range row.saysNo {
			if strings.Contains(page, s) {
				t.Errorf("%s %s: says %q", row.who, row.path, s)
			}
		}
	}
}

// TestNothingChosen: a form on which nothing was chosen comes back with that said
// beside each field, and a code that is none is answered in words.
func TestNothingChosen(t *testing.T) {
	w := newWorld(t)
	for _, row := range []struct {
		path, body, says string
		times            int
	}{
		{"/pengelolaan/hak/minta", "why=uji&" + future, "Belum ada yang dipilih; pilih satu.", 3},
		{"/pengelolaan/hak/minta", "user=@other&role=raja&region=3527&why=uji&" + future, "pilih salah satu dari pimpinan, analis, peneliti", 1},
		{"/pengelolaan/hak/minta", "user=@other&role=auditor&region=3527&why=uji&from=2026-11-01&until=2026-11-02", "hak ini berakhir 2 November 2026, padahal hari ini 27 November 2026", 1},
		{"/pengelolaan/jabatan/@jabatan-malang/isi", "from=2026-11-27", "Belum ada yang dipilih; pilih satu.", 2},
		{"/pengelolaan/instansi/daftarkan", "full=Dinas&short=D&from=2026-11-27", "Belum ada yang dipilih; pilih satu.", 2},
	} {
		before := w.head()
		got := w.post("admin", row.path, row.body)
		if n := strings.Count(strings.ToLower(got.Body.String()), strings.ToLower(row.says)); got.Code != 422 || n != row.times || w.head() != before {
			t.Errorf("%s %s: %d, %q %d times, want %d", row.path, row.body, got.Code, row.says, n, row.times)
		}
	}
}

// TestAGrantSaysWhatHappened: one that is in force at once is not called a request.
func TestAGrantSaysWhatHappened(t *testing.T) {
	w := newWorld(t)
	for _, row := range []struct{ who, role, says string }{{"nobody", "auditor", "Hak diberikan."}, {"analyst", "administrator", "baru berlaku setelah orang kedua"}} {
		got := w.post("admin", "/pengelolaan/hak/minta", "user=@"+row.who+"&role="+row.role+"&region=3527&why=uji&"+future)
		if got.Code != 303 {
			t.Fatal(row.role, got.Code, mainOf(got.Body.String()))
		}
		if page := w.get("admin", got.Header().Get("Location")).Body.String(); !strings.Contains(page, row.says) {
			t.Errorf("%s: no %q", row.role, row.says)
		}
	}
}

// TestTheSecondAdministrator: whom nobody is there to confirm is told what to do, and
// doing it works.
func TestTheSecondAdministrator(t *testing.T) {
	w := emptyWorld(t)
	id, token, err := w.store.FirstAdministrator(t.Context(), w.by("", "uji"), access.User{Name: "Rini Admin", Email: "rini@contoh.go.id", Language: "id"})
	if err != nil {
		t.Fatal(err)
	}
	w.ids["admin"] = id
	w.joins("admin", token)
	w.person("second", "")
	got := w.post("admin", "/pengelolaan/hak/minta", "user=@second&role=administrator&region=0000&why=cadangan&from=2026-11-25&until=2027-06-01")
	if got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	at := must(url.Parse(got.Header().Get("Location"))).Path
	grant := at[strings.LastIndex(at, "/")+1:]
	if page := w.get("admin", at).Body.String(); !strings.Contains(page, "dampak user confirm "+grant+" --dir FOLDER") {
		t.Error("nothing says what to do")
	}
	if _, err := w.store.ConfirmGrant(t.Context(), machine("uji"), grant); err != nil {
		t.Fatal(err)
	}
	w.ids["third"] = must(first2(w.store.RequestGrant(t.Context(), w.by("admin", "uji"), access.Grant{User: w.ids["second"], Role: access.Administrator, Region: "35", Period: registry.Period{From: "2026-11-25", Until: "2027-06-01"}})))
	if page := w.get("admin", "/pengelolaan/hak/@third").Body.String(); !strings.Contains(page, "dampak user confirm") {
		t.Error("the one whom it is for is no second person")
	}
}

// TestADraftBeforeAChange: a draft that is older than a change says so when it is
// opened, by whom the change was, and is sent then as it stands.
func TestADraftBeforeAChange(t *testing.T) {
	w := newWorld(t)
	path := "/pengelolaan/orang/@other/ubah"
	body := "name=Orang lain&email=other@contoh.go.id&organisation=@sampang&language=id"
	if got := w.post("admin", path, body+"&draf=simpan"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	must(w.store.SuspendUser(t.Context(), w.by("admin", "uji"), w.ids["other"]))
	must(w.store.ReinstateUser(t.Context(), w.by("second", "uji"), w.ids["other"]))
	page := w.get("admin", path).Body.String()
	for _, says := range []string{"Draf ini dibuat sebelum perubahan berikut:", "· Anda ·", "Orang second", `value="Orang lain"`} {
		if !strings.Contains(page, says) {
			t.Errorf("no %q", says)
		}
	}
	if strings.Contains(page, "orang lain mengubahnya") {
		t.Error("somebody else is blamed")
	}
	if got := w.post("admin", path, body); got.Code != 303 {
		t.Errorf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	if page := w.get("admin", path).Body.String(); strings.Contains(page, "Draf dari") {
		t.Error("the draft stayed")
	}
}
