package web

import (
	"testing"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
)

// TestWhatAPermitSays: in every state its first line and its steps say what each
// region answered, and nothing that is not so.
func TestWhatAPermitSays(t *testing.T) {
	yes := func(w *world, permit string) {
		w.sends("kabupaten-officer", "/izin/@"+permit+"/izinkan-wilayah", "region=3507&acting=@jabatan-malang")
	}
	no := func(w *world, permit string) {
		w.sends("sampang-officer", "/izin/@"+permit+"/tolak-wilayah", "region=3527&why=sedang pendataan ulang&acting=@jabatan-sampang")
	}
	data := func(w *world) string { return w.openPermit(cooperation.DataUse) }
	field := func(w *world) string { return w.openPermit(cooperation.FieldWork) }
	submitted := func(w *world) string { return w.submitPermit(cooperation.DataUse) }
	nothing := func(*world, string) {}
	rows := []struct {
		name   string
		permit func(*world) string
		do     func(w *world, permit string)
		day    registry.Day // to which the clock is moved afterwards; empty: none
		says   []string
	}{
		{"none answered", data, nothing, "", []string{"belum satu pun dari tiga kabupaten/kota menjawab.", "3 menunggu", "belum membuka apa pun", "!1 ya"}},
		{"one yes", data, yes, "", []string{"satu dari tiga kabupaten/kota sudah menjawab ya, dua belum menjawab.", "1 ya · 2 menunggu"}},
		{"one no", data, no, "", []string{"tidak ada jawaban ya yang berlaku, satu menolak, dua belum menjawab.", "2 menunggu · 1 menolak", "belum membuka apa pun"}},
		{"silent, field work", field, yes, "2026-12-07", []string{"satu dari tiga kabupaten/kota sudah menjawab ya, dua dianggap mengizinkan karena diam.", "1 ya · 2 dianggap mengizinkan karena diam", "!>menunggu<", "!terlambat, batasnya"}},
		{"all silent, field work", field, nothing, "2026-12-07", []string{"tidak ada jawaban ya yang berlaku, tiga dianggap mengizinkan karena diam.", "!sudah menjawab ya"}},
		{"silent, data", data, yes, "2026-12-07", []string{"satu dari tiga kabupaten/kota sudah menjawab ya, dua diam sehingga datanya tetap tertutup.", "1 ya · 2 diam, datanya tertutup"}},
		{"a region revoked after its yes", data, func(w *world, permit string) {
			yes(w, permit)
			w.sends("kabupaten-officer", "/izin/@"+permit+"/cabut-wilayah", "region=3507&why=ketentuan dilanggar&acting=@jabatan-malang")
		}, "", []string{"tidak ada jawaban ya yang berlaku, satu dicabut, dua belum menjawab.", "2 menunggu · 1 dicabut", "tidak membuka apa pun lagi", "!belum satu pun", "!belum membuka apa pun"}},
		{"revoked", data, func(w *world, permit string) {
			yes(w, permit)
			no(w, permit)
			w.sends("head", "/izin/@"+permit+"/cabut", "why=dipakai untuk hal lain&acting=@jabatan-provinsi")
		}, "2026-12-14", []string{"provinsi mencabut izin ini pada 27 November 2026", "1 tidak menjawab · 1 menolak · 1 dicabut", "tidak membuka apa pun lagi", "!belum membuka apa pun", "!>menunggu<", "sedang pendataan ulang"}},
		{"reporting", data, func(w *world, permit string) { yes(w, permit); no(w, permit) }, "2027-03-01", []string{"laporan pemanfaatan ditunggu paling lambat 28 Maret 2027", "1 ya · 1 diam, datanya tertutup · 1 menolak", "tidak membuka apa pun lagi", "!>menunggu<"}},
		{"withdrawn after a yes", data, func(w *world, permit string) {
			yes(w, permit)
			w.sends("researcher", "/izin/@"+permit+"/tarik", "why=rencana berubah")
		}, "2026-12-14", []string{"masa izin berakhir 27 November 2026", "rencana berubah", "1 ya · 2 tidak menjawab", "tidak membuka apa pun lagi", "!>menunggu<"}},
		{"withdrawn before", submitted, func(w *world, permit string) {
			w.sends("researcher", "/izin/@"+permit+"/tarik", "why=rencana berubah")
		}, "", []string{"pemohon menarik kembali permohonan ini", "rencana berubah", "tidak pernah membuka apa pun"}},
		{"expired", submitted, nothing, "2027-03-01", []string{"tanpa satu daerah pun terbuka", "tidak pernah membuka apa pun", "!>menunggu<"}},
	}
	w := newWorld(t)
	w.cooperates()
	for i, row := range rows {
		name := "baris" + string(rune('a'+i))
		w.ids[name] = row.permit(w)
		row.do(w, name)
	}
	for _, day := range []registry.Day{"", "2026-12-07", "2026-12-14", "2027-03-01"} {
		if day != "" {
			w.on(day)
		}
		for i, row := range rows {
			if row.day == day {
				t.Run(row.name, func(*testing.T) { w.says("researcher", "/izin/@baris"+string(rune('a'+i)), 200, row.says...) })
			}
		}
	}
}
