package record

import (
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
)

// agreement is one of the world's agreements. The first was signed on that day in
// truth; its number, text, term and scope, and all of the others, are invented.
type agreement struct {
	key, kind  string
	above      string // key of the agreement under which it stands, or that it amends
	about      string
	signed     registry.Day
	numbers    [2]string // of the centre and of the province
	programmes []string
	datasets   []string
	regions    []string
	purposes   []string
	period     registry.Period
	silence    int // working days
	because    []string
	laws       []string
	articles   []cooperation.Article
}

var laws = []string{
	"Undang-Undang Nomor 13 Tahun 2011 tentang Penanganan Fakir Miskin;",
	"Undang-Undang Nomor 23 Tahun 2014 tentang Pemerintahan Daerah;",
	"Peraturan Pemerintah Nomor 28 Tahun 2018 tentang Kerja Sama Daerah;",
	"Peraturan Presiden Nomor 39 Tahun 2019 tentang Satu Data Indonesia;",
	"Peraturan Menteri Dalam Negeri Nomor 3 Tahun 2018 tentang Penerbitan Surat Keterangan Penelitian.",
}

var lawsOf2023 = append(laws[:3:3], "Undang-Undang Nomor 27 Tahun 2022 tentang Pelindungan Data Pribadi;", laws[3], laws[4])

var (
	evaluating = []string{"evaluation", "monitoring", "planning", "utilisation"}
	targeting  = append(evaluating[:4:4], "targeting")
)

var agreements = []agreement{
	{
		key: "pks-2020", kind: "pks", about: "Penelitian dan Pemanfaatan Data Perlindungan Sosial untuk Penanggulangan Kemiskinan di Jawa Timur",
		signed: "2020-09-21", numbers: [2]string{"CONTOH-01/B2P3KS/2020", "CONTOH-460/107.5/2020"},
		programmes: []string{"pkh", "sembako", "pkh-plus", "aspd"}, datasets: []string{"bps", "rekap", "penerima", "bangkalan"}, regions: []string{"35"}, purposes: targeting,
		period: registry.Period{From: "2020-09-21", Until: "2023-09-20"},
		because: []string{
			"bahwa jumlah penduduk miskin di Jawa Timur pada Maret 2020 menurut Badan Pusat Statistik adalah 4.419,10 ribu jiwa atau 11,09 persen;",
			"bahwa bantuan sosial yang disalurkan perlu diketahui dampaknya pada kemiskinan agar dapat diperbaiki;",
			"bahwa penelitian bersama memerlukan kejelasan tentang data yang dibuka, wilayah yang dapat dimasuki, dan perlindungan bagi warga yang datanya dipakai.",
		},
		laws: laws, articles: articles("3 (tiga) tahun", false),
	},
	{
		key: "pks-2023", kind: "pks", about: "Kelanjutan Penelitian dan Pemanfaatan Data Perlindungan Sosial untuk Penanggulangan Kemiskinan di Jawa Timur",
		signed: "2023-09-21", numbers: [2]string{"CONTOH-07/B2P3KS/2023", "CONTOH-512/107.5/2023"},
		programmes: []string{"pkh", "sembako", "pkh-plus", "aspd"}, datasets: []string{"bps", "rekap", "penerima", "bangkalan"}, regions: []string{"35"}, purposes: targeting,
		period: registry.Period{From: "2023-09-21", Until: "2028-09-20"}, silence: cooperation.UsualSilence,
		because: []string{
			"bahwa perjanjian kerja sama tanggal 21 September 2020 telah berakhir dan hasilnya dipakai dalam perencanaan;",
			"bahwa permohonan penelitian pada perjanjian terdahulu sebagian tidak dijawab, sehingga perlu disepakati arti diamnya kantor yang diminta;",
			"bahwa data perseorangan harus dilindungi sesuai dengan peraturan perundang-undangan.",
		},
		laws: lawsOf2023, articles: articles("5 (lima) tahun", true),
	},
	{
		key: "rencana-2024", kind: "rencana-kerja", above: "pks-2023", about: "Evaluasi PKH Plus dan ASPD di Enam Kabupaten Tahun 2024 sampai dengan 2028",
		signed: "2024-01-22", numbers: [2]string{"CONTOH-02/B2P3KS/2024", "CONTOH-031/107.5/2024"},
		programmes: []string{"pkh-plus", "aspd"}, datasets: []string{"bps", "rekap", "penerima"}, regions: []string{bangkalan, sampang, pamekasan, sumenep, malang, banyuwangi}, purposes: []string{"evaluation", "planning"},
		period: registry.Period{From: "2024-01-22", Until: "2028-09-20"}, silence: cooperation.UsualSilence,
		because: []string{"bahwa evaluasi dilaksanakan bertahap di enam kabupaten lebih dahulu;"},
		articles: []cooperation.Article{
			{Title: "Dasar Pelaksanaan", Paragraphs: []string{"Rencana kerja ini melaksanakan perjanjian kerja sama PARA PIHAK dan berakhir bersamanya."}},
			{Title: "Kegiatan", Paragraphs: []string{
				"Evaluasi dampak PKH Plus pada pengeluaran rumah tangga penduduk lanjut usia.", "Evaluasi ketepatan sasaran ASPD.", "Penyampaian ringkasan hasil kepada enam kabupaten setiap bulan Desember.",
			}},
			{Title: "Jadwal", Paragraphs: []string{"Kegiatan dimulai pada triwulan I tahun 2024 dan ditinjau setiap tahun."}},
			{Title: "Pembiayaan", Paragraphs: []string{"Biaya ditanggung oleh masing-masing pihak sesuai dengan tugasnya."}},
			{Title: "Pelaporan", Paragraphs: []string{"PIHAK KESATU menyampaikan laporan pelaksanaan setiap akhir tahun kepada PIHAK KEDUA."}},
		},
	},
	{
		key: "addendum-2025", kind: "addendum", above: "pks-2023", about: "Penambahan Program KIP Putri Jawara dan Data Penerimanya",
		signed: "2025-03-03", numbers: [2]string{"CONTOH-03/B2P3KS/2025", "CONTOH-114/107.5/2025"},
		programmes: []string{"pkh", "sembako", "pkh-plus", "aspd", "kip"}, datasets: []string{"bps", "rekap", "penerima", "bangkalan", "wirausaha"}, regions: []string{"35"}, purposes: targeting,
		period: registry.Period{From: "2025-03-03", Until: "2028-09-20"}, silence: cooperation.UsualSilence,
		because: []string{"bahwa KIP Putri Jawara dijangkau sejak tahun 2024 dan perlu diketahui dampaknya;"},
		articles: []cooperation.Article{
			{Title: "Ketentuan yang Diubah", Paragraphs: []string{"Program KIP Putri Jawara dan data penerimanya ditambahkan ke dalam ruang lingkup sebagaimana tercantum dalam lampiran."}},
			{Title: "Ketentuan yang Tetap Berlaku", Paragraphs: []string{"Ketentuan lain dalam perjanjian kerja sama tetap berlaku."}},
			{Title: "Penutup", Paragraphs: []string{"Adendum ini merupakan bagian yang tidak terpisahkan dari perjanjian kerja sama."}},
		},
	},
}

// articles are those of an agreement of the two institutions.
func articles(term string, silence bool) []cooperation.Article {
	permits := []string{
		"Setiap penelitian memerlukan izin penelitian atas permohonan PIHAK KESATU.",
		"PIHAK KEDUA memeriksa permohonan dan membuka pintu bagi kabupaten/kota yang diminta; setiap kabupaten/kota menjawab untuk wilayahnya sendiri.",
	}
	if silence {
		permits = append(permits, "Kabupaten/kota yang tidak menjawab dalam 5 (lima) hari kerja sejak pintu dibuka baginya dengan permohonan yang lengkap dianggap menyetujui pekerjaan lapangan; data miliknya tetap tertutup sampai disetujuinya sendiri.")
	} else {
		permits = append(permits, "Kabupaten/kota yang tidak menjawab tidak dianggap menyetujui.")
	}
	a := func(title string, paragraphs ...string) cooperation.Article {
		return cooperation.Article{Title: title, Paragraphs: paragraphs}
	}
	return []cooperation.Article{
		a("Maksud dan Tujuan",
			"Perjanjian kerja sama ini dimaksudkan sebagai dasar PARA PIHAK untuk meneliti program perlindungan sosial di Jawa Timur bersama-sama.",
			"Tujuannya ialah mengetahui apakah bantuan menurunkan kemiskinan dan apa yang perlu diubah."),
		a("Objek", "Objek perjanjian ini ialah program, wilayah, data, dan tujuan pemakaian sebagaimana tercantum dalam lampiran."),
		a("Ruang Lingkup", "Ruang lingkup perjanjian ini meliputi:\na. evaluasi dampak program;\nb. pemeriksaan ketepatan sasaran dan pemanfaatan bantuan;\nc. penyampaian hasil kepada pengambil keputusan dan masyarakat."),
		a("Hak dan Kewajiban",
			"PIHAK KESATU berhak memakai data yang dibuka oleh perjanjian ini dan wajib menyerahkan hasil penelitian serta laporan pemanfaatan.",
			"PIHAK KEDUA berhak atas hasil penelitian dan wajib membuka data sesuai dengan lampiran."),
		a("Pelaksanaan", permits...),
		a("Pembiayaan", "Biaya pelaksanaan ditanggung oleh masing-masing pihak sesuai dengan tugas dan anggarannya."),
		a("Jangka Waktu", "Perjanjian ini berlaku selama "+term+" terhitung sejak tanggal ditandatangani dan dapat diperpanjang atas persetujuan PARA PIHAK."),
		a("Pemantauan dan Evaluasi", "PARA PIHAK memantau dan mengevaluasi pelaksanaan perjanjian ini paling sedikit sekali dalam setahun."),
		a("Kerahasiaan dan Pelindungan Data",
			"Data perseorangan hanya dipakai dengan pengenal samaran dan tidak dipindahkan ke luar tempat yang disepakati.",
			"Setiap pemakaian data yang tidak terbuka untuk umum dicatat dan dapat diperiksa oleh PARA PIHAK.",
			"Setelah perjanjian berakhir, hasil yang sudah dihitung masih dapat diperiksa dan dirilis selama 90 (sembilan puluh) hari; sesudah itu data dimusnahkan dengan berita acara."),
		a("Keadaan Kahar", "Pihak yang terhalang oleh keadaan di luar kemampuannya memberitahukannya secara tertulis paling lambat 14 (empat belas) hari sejak keadaan itu terjadi."),
		a("Penyelesaian Perselisihan", "Perselisihan diselesaikan secara musyawarah untuk mufakat."),
		a("Perubahan", "Perubahan atas perjanjian ini dituangkan dalam adendum yang ditandatangani PARA PIHAK."),
		a("Penutup", "Hal yang belum diatur dalam perjanjian ini ditetapkan kemudian atas kesepakatan PARA PIHAK."),
	}
}
