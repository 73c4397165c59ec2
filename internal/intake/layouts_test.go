package intake_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
)

// TestOfficeLayouts: the files of families and persons that offices hold are known
// for what they are without a contract: who somebody is goes, what they receive and
// have stays, and no row is lost for it.
func TestOfficeLayouts(t *testing.T) {
	lines := func(head string, row func(i int) string) string {
		all := []string{head}
		for i := range 40 {
			all = append(all, row(i))
		}
		return strings.Join(all, "\n") + "\n"
	}
	desa := func(i int) string { return fmt.Sprintf("35%02d01%04d", 1+i%9, 2001+i%7) }
	yes := func(b bool) string { return map[bool]string{true: "YA", false: "TIDAK"}[b] }
	for _, c := range []struct{ name, text, hidden, region string }{
		{"families of P3KE",
			lines("id_keluarga_p3ke;provinsi;kabupaten_kota;kecamatan;desa_kelurahan;kode_kemdagri;desil_kesejahteraan;alamat;kepala_keluarga;nik;padan_dukcapil;jenis_kelamin;tanggal_lahir;pekerjaan;pendidikan;kepemilikan_rumah;memiliki_simpanan;jenis_atap;penerima_bpnt;penerima_pkh;penerima_sembako;resiko_stunting",
				func(i int) string {
					return fmt.Sprintf("P3KE%05d;JAWA TIMUR;PACITAN;CONTOH %d;REKAAN %d;35.01.01.%d;%d;DUSUN CONTOH RT %d;WARGA CONTOH %d;%s;%s;%s;%02d/%02d/1984 0:00:00;PETANI;SD;MILIK SENDIRI;%s;GENTENG;%s;%s;%s;TIDAK",
						i, i%3, i%5, 2001+i%5, 1+i%4, i%9, i, nik(i), yes(i%5 > 0), []string{"LAKI-LAKI", "PEREMPUAN"}[i%2], 1+i%28, 1+i%12, yes(i%3 > 0), yes(i%2 > 0), yes(i%4 > 0), yes(i%7 > 0))
				}),
			"id_keluarga_p3ke alamat kepala_keluarga nik tanggal_lahir", "kode_kemdagri"},
		{"persons of DTSEN",
			lines("id_keluarga,id_individu,nomor_kartu_keluarga,nomor_induk_kependudukan,nama_lengkap,hubungan_dengan_kepala_keluarga,kode_wilayah,desil_nasional,status_dtsen,status_keberadaan,umur,penglihatan,pendengaran",
				func(i int) string {
					return fmt.Sprintf("K%06d,I%06d,%s,%s,Warga Contoh %d,%s,%s,%d,AKTIF,DITEMUKAN,%d,tidak kesulitan,tidak kesulitan", i/3, i, nik(i/3), nik(i), i, []string{"kepala keluarga", "istri", "anak"}[i%3], desa(i), 1+i%10, 5+i)
				}),
			"id_keluarga id_individu nomor_kartu_keluarga nomor_induk_kependudukan nama_lengkap", "kode_wilayah"},
		{"an export of SIKS-NG",
			lines("NO\tNOKK\tNIK\tNAMA PENERIMA\tTGL LAHIR\tNMIBU KANDUNG\tALAMAT\tNO RT\tNO RW\tNMPROV\tNMKAB\tNMKEC\tNMKEL\tKDKEL\tBANSOS\tTAHAP\tNOMINAL\tNO REKENING",
				func(i int) string {
					return fmt.Sprintf("%d\t%s\t'%s\tWARGA CONTOH %d\t17-08-19%02d\tIBU CONTOH %d\tDSN CONTOH\t00%d\t00%d\tJAWA TIMUR\tPACITAN\tCONTOH\tREKAAN\t%s\tPKH\t%d\t%d.000\t00120100%06d50", i+1, nik(i/2), nik(i), i, 50+i%40, i, 1+i%9, 1+i%3, desa(i), 1+i%4, 225+75*(i%4), 100000+i)
				}),
			"nokk nik nama_penerima tgl_lahir nmibu_kandung alamat no_rt no_rw no_rekening", "kdkel"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := take(t, write(t, filepath.Join(t.TempDir(), "berkas.csv"), c.text), intake.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows.Accepted != 40 {
				t.Errorf("%+v %+v", r.Rows, r.Counts)
			}
			var hidden []string
			for _, f := range r.Contract.Fields {
				if f.Treatment != contract.Keep {
					hidden = append(hidden, f.Name)
				}
			}
			if got := strings.Join(hidden, " "); got != c.hidden {
				t.Errorf("replaced or dropped: %s\nwant %s", got, c.hidden)
			}
			region := ""
			for _, k := range r.Contract.RegionKeys {
				region += k.Field
			}
			if region != c.region {
				t.Errorf("regions in %q, want %q", region, c.region)
			}
		})
	}
}
