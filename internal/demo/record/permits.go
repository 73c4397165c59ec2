package record

import (
	"github.com/dampak/dampak/internal/cooperation"
)

// act is a step in the life of a permit.
type act struct {
	day    string // 2021-01-18, or how many working days before the demo's own day: -12
	who    string // the part of the e-mail address before @
	does   string // as in world.acts
	place  string // BPS code; empty: none
	number string // of the office's own letter; empty: none
	why    string
}

// permit is a study with its permit. Days are as in act; those of the period that
// begin with + lie calendar days after the demo's own day, and ~ before it.
type permit struct {
	key, agreement string
	kind           cooperation.PermitKind
	title          string
	aims, method   string
	purpose        string
	programmes     []string
	datasets       []cooperation.Columns // by key
	regions        []string
	from, until    string
	sample, makes  string // field work
	asks           bool
	acts           []act
}

func all(dataset string) cooperation.Columns { return only(dataset, cooperation.All) }

func only(dataset string, columns ...string) cooperation.Columns {
	return cooperation.Columns{Dataset: dataset, Columns: columns}
}

const (
	quasi  = "Selisih dari selisih pada data yang sudah dimiliki, dengan pembanding kecamatan yang belum dijangkau; galat dihitung menurut klaster desa."
	survey = "Wawancara rumah tangga dengan kuesioner terstruktur; hasilnya disandingkan dengan daftar penerima."
)

// permits are the studies of the world. Those of days as such have ended; the
// others show each stage, whatever day it is.
var permits = []permit{
	{
		key: "madura-2021", agreement: "pks-2020", kind: cooperation.FieldWork, title: "Ketepatan Sasaran PKH dan Sembako di Madura Tahun 2021",
		aims: "Mengetahui siapa yang berhak tetapi belum menerima, dan siapa yang menerima tetapi tidak berhak.", method: survey, purpose: "targeting",
		programmes: []string{"pkh", "sembako"}, datasets: []cooperation.Columns{all("bps"), all("rekap")}, regions: []string{bangkalan, sampang, pamekasan}, from: "2021-03-01", until: "2021-09-30",
		sample: "900 rumah tangga di 60 desa: desa diambil acak menurut kabupaten, lalu 15 rumah tangga per desa.", makes: "Survei ketepatan sasaran Madura 2021 (contoh)", asks: true,
		acts: []act{
			{"2021-01-18", "peneliti", "submit", "", "", ""},
			{"2021-01-21", "kesbangpol", "recommend", "", "CONTOH-070/112/2021", ""},
			{"2021-01-27", "pimpinan", "open", "", "", ""},
			{"2021-02-01", "kesbangpol.bangkalan", "recommend", bangkalan, "CONTOH-072/31/2021", ""},
			{"2021-02-02", "kesbangpol.pamekasan", "recommend", pamekasan, "CONTOH-072/18/2021", ""},
			{"2021-02-03", "kesbangpol.sampang", "recommend", sampang, "CONTOH-072/27/2021", ""},
			{"2021-02-03", "bangkalan", "grant", bangkalan, "", ""},
			{"2021-02-04", "pamekasan", "refuse", pamekasan, "", "Petugas kami sedang dikerahkan untuk penanganan pandemi; kami mohon diajukan lagi tahun depan."},
			{"2021-02-22", "pimpinan", "letter", "", "CONTOH-070/45/107.5/2021", ""},
			{"2021-10-22", "peneliti", "report", "", "", "Laporan pemanfaatan: 300 rumah tangga di Bangkalan diwawancarai; Pamekasan dan Sampang tidak dimasuki."},
			{"2021-10-29", "pimpinan", "accept", "", "", ""},
		},
	},
	{
		key: "penyaluran-2022", agreement: "pks-2020", kind: cooperation.DataUse, title: "Keterlambatan Penyaluran PKH Plus dan Pengeluaran Rumah Tangga Lanjut Usia",
		aims: "Mengetahui apakah bantuan yang terlambat mengurangi manfaatnya.", method: quasi, purpose: "evaluation",
		programmes: []string{"pkh-plus"}, datasets: []cooperation.Columns{all("rekap"), only("penerima", "no_keluarga", "kode_wilayah", "kode_desa", "tahun", "kelompok_umur", "nilai_rupiah")}, regions: []string{malang, banyuwangi}, from: "2022-04-04", until: "2022-12-30",
		acts: []act{
			{"2022-02-14", "peneliti", "submit", "", "", ""},
			{"2022-02-18", "kesbangpol", "recommend", "", "CONTOH-070/201/2022", ""},
			{"2022-02-24", "pimpinan", "open", "", "", ""},
			{"2022-03-01", "dpmptsp.malang", "recommend", malang, "CONTOH-503/77/2022", ""},
			{"2022-03-02", "kesbangpol.banyuwangi", "recommend", banyuwangi, "CONTOH-072/64/2022", ""},
			{"2022-03-07", "malang", "grant", malang, "", ""},
			{"2022-03-08", "banyuwangi", "grant", banyuwangi, "", ""},
			{"2022-03-14", "pimpinan", "letter", "", "CONTOH-070/88/107.5/2022", ""},
			{"2022-05-17", "peneliti", "look", malang, "", "penerima"},
			{"2022-05-17", "peneliti", "look", bangkalan, "", "penerima"},
			{"2023-02-13", "peneliti", "report", "", "", "Laporan pemanfaatan data."},
			{"2023-02-16", "pimpinan", "return-report", "", "", "Lampiran daftar kolom yang dipakai belum ada."},
			{"2023-02-23", "peneliti", "report", "", "", "Laporan pemanfaatan data dengan daftar kolom yang dipakai."},
			{"2023-03-01", "pimpinan", "accept", "", "", ""},
		},
	},
	{
		key: "perorangan-2022", agreement: "pks-2020", kind: cooperation.DataUse, title: "Pemadanan Penerima Bantuan dengan Data Kependudukan",
		aims: "Memadankan penerima bantuan dengan data kependudukan.", method: "Pemadanan catatan menurut pengenal samaran.", purpose: "utilisation",
		programmes: []string{"pkh", "sembako"}, datasets: []cooperation.Columns{all("penerima")}, regions: []string{sampang}, from: "2022-11-01", until: "2023-04-28",
		acts: []act{
			{"2022-09-05", "peneliti2", "submit", "", "", ""},
			{"2022-09-09", "kesbangpol", "recommend", "", "CONTOH-070/655/2022", ""},
			{"2022-09-14", "pimpinan", "decline", "", "", "Pemadanan dengan data kependudukan tidak termasuk ruang lingkup perjanjian kerja sama."},
		},
	},
	{
		key: "lansia-2024", agreement: "pks-2023", kind: cooperation.DataUse, title: "Dampak PKH Plus pada Pengeluaran Rumah Tangga Penduduk Lanjut Usia",
		aims: "Mengetahui berapa besar PKH Plus menaikkan pengeluaran rumah tangga penduduk lanjut usia.", method: quasi, purpose: "evaluation",
		programmes: []string{"pkh-plus"}, datasets: []cooperation.Columns{all("rekap"), all("penerima")}, regions: []string{bangkalan, sumenep, banyuwangi}, from: "2024-03-04", until: "2024-12-20",
		acts: []act{
			{"2024-01-15", "peneliti", "submit", "", "", ""},
			{"2024-01-18", "kesbangpol", "recommend", "", "CONTOH-070/29/2024", ""},
			{"2024-01-23", "pimpinan", "open", "", "", ""},
			{"2024-01-25", "kesbangpol.bangkalan", "recommend", bangkalan, "CONTOH-072/12/2024", ""},
			{"2024-01-26", "kesbangpol.banyuwangi", "recommend", banyuwangi, "CONTOH-072/20/2024", ""},
			{"2024-01-29", "bangkalan", "grant", bangkalan, "", ""},
			{"2024-01-30", "banyuwangi", "grant", banyuwangi, "", ""},
			{"2024-02-12", "sumenep", "grant", sumenep, "", ""},
			{"2024-02-16", "pimpinan", "letter", "", "CONTOH-070/51/107.5/2024", ""},
			{"2024-11-18", "pimpinan", "extend", "", "", "2025-03-28"},
			{"2024-11-20", "bangkalan", "grant", bangkalan, "", ""},
			{"2024-11-21", "banyuwangi", "grant", banyuwangi, "", ""},
			{"2024-12-02", "pimpinan", "letter", "", "CONTOH-070/402/107.5/2024", ""},
			{"2025-04-21", "peneliti", "report", "", "", "Laporan pemanfaatan data dan ringkasan hasil."},
			{"2025-04-28", "pimpinan", "accept", "", "", ""},
		},
	},
	{
		key: "sembako-2025", agreement: "pks-2023", kind: cooperation.DataUse, title: "Pemanfaatan Program Sembako menurut Kecamatan",
		aims: "Mengetahui di mana bantuan tidak diambil oleh penerimanya.", method: "Rekap triwulanan menurut kecamatan, dengan peta.", purpose: "utilisation",
		programmes: []string{"sembako"}, datasets: []cooperation.Columns{all("rekap")}, regions: []string{malang}, from: "2025-02-03", until: "2025-05-30",
		acts: []act{
			{"2025-01-06", "peneliti2", "submit", "", "", ""},
			{"2025-01-09", "kesbangpol", "recommend", "", "CONTOH-070/14/2025", ""},
			{"2025-01-14", "pimpinan", "open", "", "", ""},
			{"2025-01-17", "dpmptsp.malang", "recommend", malang, "CONTOH-503/09/2025", ""},
		},
	},
	{
		key: "pedalungan-2025", agreement: "pks-2023", kind: cooperation.FieldWork, title: "Survei Kepuasan Penerima ASPD",
		aims: "Mengetahui hambatan penerima ASPD dalam mengambil bantuan.", method: survey, purpose: "monitoring",
		programmes: []string{"aspd"}, regions: []string{banyuwangi}, from: "2025-08-04", until: "2025-12-19",
		sample: "240 penerima ASPD, diambil acak menurut kecamatan.", makes: "Survei penerima ASPD Banyuwangi 2025 (contoh)", asks: true,
		acts: []act{
			{"2025-06-09", "peneliti2", "submit", "", "", ""},
			{"2025-06-12", "kesbangpol", "recommend", "", "CONTOH-070/377/2025", ""},
			{"2025-06-16", "pimpinan", "open", "", "", ""},
			{"2025-06-19", "kesbangpol.banyuwangi", "recommend", banyuwangi, "CONTOH-072/142/2025", ""},
			{"2025-06-23", "banyuwangi", "grant", banyuwangi, "", ""},
			{"2025-06-26", "pimpinan", "letter", "", "CONTOH-070/233/107.5/2025", ""},
			{"2025-09-15", "pimpinan", "revoke", "", "", "Kuesioner yang dipakai di lapangan berbeda dari yang dilampirkan pada permohonan."},
		},
	},
	{
		key: "ganda-2025", agreement: "pks-2023", kind: cooperation.DataUse, title: "Penerima yang Menerima Beberapa Program Sekaligus",
		aims: "Mengetahui tumpang tindih program.", method: "Tabulasi silang menurut program dan desil.", purpose: "planning",
		programmes: []string{"pkh", "pkh-plus"}, datasets: []cooperation.Columns{all("penerima")}, regions: []string{sampang, pamekasan}, from: "2025-11-03", until: "2026-04-30",
		acts: []act{
			{"2025-09-22", "peneliti", "submit", "", "", ""},
			{"2025-09-29", "peneliti", "withdraw", "", "", "Digabungkan dengan penelitian lain agar kabupaten tidak diminta dua kali."},
		},
	},
	{
		key: "terlambat", agreement: "pks-2023", kind: cooperation.DataUse, title: "Kelengkapan Rekap Penyaluran Bantuan di Kabupaten",
		aims: "Mengetahui bulan dan kecamatan yang rekapnya tidak lengkap.", method: "Pemeriksaan kelengkapan dan kewajaran rekap.", purpose: "monitoring",
		programmes: []string{"pkh", "sembako"}, datasets: []cooperation.Columns{all("rekap")}, regions: []string{pamekasan, sumenep}, from: "-95", until: "~38",
		acts: []act{
			{"-112", "peneliti2", "submit", "", "", ""},
			{"-109", "kesbangpol", "recommend", "", "CONTOH-070/A-31", ""},
			{"-106", "pimpinan", "open", "", "", ""},
			{"-104", "kesbangpol.pamekasan", "recommend", pamekasan, "CONTOH-072/A-07", ""},
			{"-102", "pamekasan", "grant", pamekasan, "", ""},
			{"-101", "sumenep", "grant", sumenep, "", ""},
			{"-98", "pimpinan", "letter", "", "CONTOH-070/A-19/107.5", ""},
		},
	},
	{
		key: "plus", agreement: "rencana-2024", kind: cooperation.DataUse, title: "Dampak PKH Plus dan ASPD di Enam Kabupaten, Tahap Kedua",
		aims: "Mengetahui berapa besar bantuan provinsi menaikkan pengeluaran rumah tangga, dan di mana.", method: quasi, purpose: "evaluation",
		programmes: []string{"pkh-plus", "aspd"}, datasets: []cooperation.Columns{all("rekap"), only("penerima", "no_keluarga", "kode_wilayah", "kode_desa", "tahun", "mulai", "kelompok_umur", "desil", "pengeluaran")},
		regions: []string{bangkalan, malang}, from: "-40", until: "+170",
		acts: []act{
			{"-62", "peneliti", "submit", "", "", ""},
			{"-59", "kesbangpol", "recommend", "", "CONTOH-070/B-02", ""},
			{"-57", "pimpinan", "open", "", "", ""},
			{"-54", "dpmptsp.malang", "recommend", malang, "CONTOH-503/B-11", ""},
			{"-54", "kesbangpol.bangkalan", "recommend", bangkalan, "CONTOH-072/B-05", ""},
			{"-51", "malang", "grant", malang, "", ""},
			{"-50", "bangkalan", "grant", bangkalan, "", ""},
			{"-48", "pimpinan", "letter", "", "CONTOH-070/B-40/107.5", ""},
			{"-33", "peneliti", "look", bangkalan, "", "penerima"},
			{"-33", "peneliti", "look", malang, "", "penerima"},
			{"-20", "peneliti", "look", sampang, "", "penerima"},
			{"-20", "peneliti", "look", bangkalan, "", "bangkalan"},
			{"-6", "peneliti", "look", malang, "", "rekap"},
		},
	},
	{
		key: "madura", agreement: "pks-2023", kind: cooperation.FieldWork, title: "Ketepatan Sasaran Bantuan Sosial di Madura, Putaran Kedua",
		aims: "Mengetahui siapa yang berhak tetapi belum menerima, dan apa yang berubah sejak 2021.", method: survey, purpose: "targeting",
		programmes: []string{"pkh", "sembako", "pkh-plus"}, datasets: []cooperation.Columns{all("rekap")}, regions: []string{bangkalan, sampang, pamekasan, sumenep}, from: "-6", until: "+120",
		sample: "1.200 rumah tangga di 80 desa: desa diambil acak menurut kabupaten, lalu 15 rumah tangga per desa.", makes: "Survei ketepatan sasaran Madura, putaran kedua (contoh)", asks: true,
		acts: []act{
			{"-24", "peneliti", "submit", "", "", ""},
			{"-21", "kesbangpol", "recommend", "", "CONTOH-070/C-17", ""},
			{"-17", "pimpinan", "open", "", "", ""},
			{"-15", "kesbangpol.bangkalan", "recommend", bangkalan, "CONTOH-072/C-03", ""},
			{"-14", "kesbangpol.pamekasan", "recommend", pamekasan, "CONTOH-072/C-08", ""},
			{"-12", "bangkalan", "grant", bangkalan, "", ""},
			{"-11", "pamekasan", "refuse", pamekasan, "", "Bertepatan dengan pendataan desa; petugas tidak dapat mendampingi sampai akhir tahun."},
			{"-8", "pimpinan", "letter", "", "CONTOH-070/C-22/107.5", ""},
			{"-2", "kesbangpol.sampang", "recommend", sampang, "CONTOH-072/C-14", ""},
		},
	},
	{
		key: "verifikasi", agreement: "pks-2023", kind: cooperation.DataUse, title: "Verifikasi Lapangan oleh Dua Petugas di Bangkalan",
		aims: "Mengetahui apakah dua petugas lebih sering menemukan hasil yang sesuai dengan desil.", method: "Desa diundi; beda rata-rata dengan galat klaster desa.", purpose: "targeting",
		programmes: []string{"pkh", "sembako"}, datasets: []cooperation.Columns{all("bangkalan")}, regions: []string{bangkalan}, from: "-9", until: "+90",
		acts: []act{
			{"-27", "peneliti2", "submit", "", "", ""},
			{"-24", "kesbangpol", "recommend", "", "CONTOH-070/D-05", ""},
			{"-22", "pimpinan", "open", "", "", ""},
			{"-19", "kesbangpol.bangkalan", "recommend", bangkalan, "CONTOH-072/D-02", ""},
			{"-16", "bangkalan", "grant", bangkalan, "", ""},
			{"-13", "pimpinan", "letter", "", "CONTOH-070/D-09/107.5", ""},
			{"-4", "peneliti2", "look", bangkalan, "", "bangkalan"},
			{"-4", "peneliti2", "look", bangkalan, "", "penerima"},
		},
	},
	{
		key: "dikembalikan", agreement: "pks-2023", kind: cooperation.FieldWork, title: "Kualitas Pendampingan PKH menurut Keluarga Penerima",
		aims: "Mengetahui bagaimana pendampingan dirasakan keluarga penerima.", method: survey, purpose: "monitoring",
		programmes: []string{"pkh"}, regions: []string{malang, banyuwangi}, from: "+20", until: "+140",
		sample: "Rumah tangga penerima PKH di dua kabupaten.", makes: "Survei pendampingan PKH (contoh)", asks: true,
		acts: []act{
			{"-10", "peneliti2", "submit", "", "", ""},
			{"-7", "kesbangpol", "recommend", "", "CONTOH-070/E-01", ""},
			{"-5", "pimpinan", "return", "", "", "Ukuran sampel dan cara pengambilannya belum disebut; mohon dilengkapi."},
		},
	},
	{
		key: "diperiksa", agreement: "pks-2023", kind: cooperation.DataUse, title: "Graduasi Penerima PKH dan Kemiskinan Sesudahnya",
		aims: "Mengetahui apakah keluarga yang lulus dari PKH jatuh miskin kembali.", method: quasi, purpose: "evaluation",
		programmes: []string{"pkh"}, datasets: []cooperation.Columns{all("rekap")}, regions: []string{sampang, pamekasan}, from: "+14", until: "+190",
		acts: []act{
			{"-6", "peneliti", "submit", "", "", ""},
			{"-3", "kesbangpol", "recommend", "", "CONTOH-070/F-12", ""},
		},
	},
	{
		key: "diajukan", agreement: "pks-2023", kind: cooperation.DataUse, title: "Besaran Bantuan Sembako dan Harga Pangan Setempat",
		aims: "Mengetahui apakah nilai bantuan masih cukup menurut harga setempat.", method: "Perbandingan nilai bantuan dengan harga pangan menurut kabupaten.", purpose: "planning",
		programmes: []string{"sembako"}, datasets: []cooperation.Columns{all("rekap")}, regions: []string{banyuwangi, malang}, from: "+21", until: "+160",
		acts: []act{{"-2", "peneliti2", "submit", "", "", ""}},
	},
	{
		key: "konsep", agreement: "pks-2023", kind: cooperation.FieldWork, title: "Biaya yang Ditanggung Penerima untuk Mengambil Bantuan",
		aims: "Mengetahui ongkos dan waktu yang dipakai penerima.", method: survey, purpose: "monitoring",
		programmes: []string{"pkh", "sembako"}, regions: []string{sumenep}, from: "+40", until: "+130", asks: true,
		acts: []act{{"-1", "peneliti", "draft", "", "", ""}},
	},
}
