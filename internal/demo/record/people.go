package record

import (
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
)

// Version is of the world that this package makes: a record of another version is
// another world.
const Version = 7

// FirstDay is the day from which a demo can be: that of the agreement. The record
// begins a little earlier, for an agreement is drafted before it is signed.
const FirstDay = registry.Day("2020-09-21")

// officesFrom is the first day of the offices in the register.
const officesFrom = registry.Day("2020-01-01")

// office is an organisation of the world, known by its short name.
type office struct {
	full, short string
	kind        registry.OrganisationKind
	office      registry.Office
	region      string
	over        string // the government above it in its letterhead; empty: it has none of its own here
	address     string // in its letterhead
}

// Malang has a DPMPTSP where others have a Bakesbangpol, and Sumenep has neither
// in the register, so that its step falls away.
var offices = []office{
	{"Kementerian Sosial Republik Indonesia", "Kemensos", registry.MinistryCentre, registry.SocialOffice, registry.Nation, "", ""},
	{"Balai Besar Penelitian dan Pengembangan Pelayanan Kesejahteraan Sosial", centre, registry.MinistryCentre, registry.ResearchOffice, registry.Nation, "Kementerian Sosial Republik Indonesia", "Jalan Contoh Nomor 1, Yogyakarta"},
	{"Dinas Sosial Provinsi Jawa Timur", province, registry.ProvinceOffice, registry.SocialOffice, "35", "Pemerintah Provinsi Jawa Timur", "Jalan Contoh Nomor 2, Surabaya"},
	{"Badan Kesatuan Bangsa dan Politik Provinsi Jawa Timur", "Bakesbangpol Jatim", registry.ProvinceOffice, "kesbangpol", "35", "", ""},
	{"Dinas Sosial Kabupaten Bangkalan", "Dinsos Bangkalan", registry.RegencyOffice, registry.SocialOffice, bangkalan, "", ""},
	{"Dinas Sosial Kabupaten Sampang", "Dinsos Sampang", registry.RegencyOffice, registry.SocialOffice, sampang, "", ""},
	{"Dinas Sosial Kabupaten Pamekasan", "Dinsos Pamekasan", registry.RegencyOffice, registry.SocialOffice, pamekasan, "", ""},
	{"Dinas Sosial Kabupaten Sumenep", "Dinsos Sumenep", registry.RegencyOffice, registry.SocialOffice, sumenep, "", ""},
	{"Dinas Sosial Kabupaten Malang", "Dinsos Malang", registry.RegencyOffice, registry.SocialOffice, malang, "", ""},
	{"Dinas Sosial Kabupaten Banyuwangi", "Dinsos Banyuwangi", registry.RegencyOffice, registry.SocialOffice, banyuwangi, "", ""},
	{"Badan Kesatuan Bangsa dan Politik Kabupaten Bangkalan", "Bakesbangpol Bangkalan", registry.RegencyOffice, "kesbangpol", bangkalan, "", ""},
	{"Badan Kesatuan Bangsa dan Politik Kabupaten Sampang", "Bakesbangpol Sampang", registry.RegencyOffice, "kesbangpol", sampang, "", ""},
	{"Badan Kesatuan Bangsa dan Politik Kabupaten Pamekasan", "Bakesbangpol Pamekasan", registry.RegencyOffice, "kesbangpol", pamekasan, "", ""},
	{"Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu Kabupaten Malang", "DPMPTSP Malang", registry.RegencyOffice, "dpmptsp", malang, "", ""},
	{"Badan Kesatuan Bangsa dan Politik Kabupaten Banyuwangi", "Bakesbangpol Banyuwangi", registry.RegencyOffice, "kesbangpol", banyuwangi, "", ""},
}

// The two institutions, by their short names, and the regions, by BPS code.
const (
	centre   = "B2P3KS"
	province = "Dinsos Jatim"

	malang, banyuwangi                     = "3507", "3510"
	bangkalan, sampang, pamekasan, sumenep = "3526", "3527", "3528", "3529"
)

// Person is somebody of the demo. All are invented, as are their addresses. Each
// role has somebody; two are administrators, for what matters takes two people.
type Person struct {
	Name, Email string
	Office      string // short name; empty: of none
	Title       string // of the position that they hold; empty: none
	Role        access.Role
	Region      string // of the grant
	ofOffice    bool   // the grant is for the office alone
}

// People lists the people of the demo; the first is the first administrator.
var People = []Person{
	{"Rini Wulandari", "administrator@contoh.example", "", "", access.Administrator, registry.Nation, false},
	{"Agus Prasetyo", "administrator2@contoh.example", centre, "", access.Administrator, registry.Nation, false},
	{"Dewi Anggraini", "pimpinan@contoh.example", province, "Kepala Dinas", access.Head, "35", true},
	{"Hendra Wicaksono", "kepala.balai@contoh.example", centre, "Kepala Balai", access.Head, registry.Nation, true},
	{"Bayu Saputra", "analis@contoh.example", province, "Analis Perlindungan Sosial", access.Analyst, "35", true},
	{"Sekar Kinanti", "peneliti@contoh.example", centre, "Peneliti Ahli Madya", access.Researcher, registry.Nation, true},
	{"Yudha Pramono", "peneliti2@contoh.example", centre, "Peneliti Ahli Muda", access.Researcher, registry.Nation, true},
	{"Laras Puspita", "walidata@contoh.example", province, "Pengelola Data", access.DataSteward, "35", true},
	{"Citra Lestari", "walidata2@contoh.example", province, "", access.DataSteward, "35", true},
	{"Galih Permadi", "walidata.balai@contoh.example", centre, "Pengelola Data Penelitian", access.DataSteward, registry.Nation, true},
	{"Fajar Nugroho", "pemeriksa@contoh.example", province, "", access.OutputChecker, "35", true},
	{"Ratna Maharani", "auditor@contoh.example", centre, "", access.Auditor, registry.Nation, false},
	{"Indah Permatasari", "auditor.jatim@contoh.example", province, "", access.Auditor, "35", false},
	{"Teguh Santoso", "kesbangpol@contoh.example", "Bakesbangpol Jatim", "Kepala Badan", access.Head, "35", true},
	{"Nurul Aini", "bangkalan@contoh.example", "Dinsos Bangkalan", "Kepala Dinas", access.KabupatenOfficer, bangkalan, true},
	{"Hasan Wiryawan", "sampang@contoh.example", "Dinsos Sampang", "Kepala Dinas", access.KabupatenOfficer, sampang, true},
	{"Siti Rahmawati", "pamekasan@contoh.example", "Dinsos Pamekasan", "Kepala Dinas", access.KabupatenOfficer, pamekasan, true},
	{"Lestari Handayani", "sumenep@contoh.example", "Dinsos Sumenep", "Kepala Dinas", access.KabupatenOfficer, sumenep, true},
	{"Gunawan Adiputra", "malang@contoh.example", "Dinsos Malang", "Kepala Dinas", access.KabupatenOfficer, malang, true},
	{"Wahyu Kurniawan", "banyuwangi@contoh.example", "Dinsos Banyuwangi", "Kepala Dinas", access.KabupatenOfficer, banyuwangi, true},
	{"Rahmad Subekti", "kesbangpol.bangkalan@contoh.example", "Bakesbangpol Bangkalan", "Kepala Badan", access.KabupatenOfficer, bangkalan, true},
	{"Dian Purnama", "kesbangpol.sampang@contoh.example", "Bakesbangpol Sampang", "Kepala Badan", access.KabupatenOfficer, sampang, true},
	{"Arini Maulida", "kesbangpol.pamekasan@contoh.example", "Bakesbangpol Pamekasan", "Kepala Badan", access.KabupatenOfficer, pamekasan, true},
	{"Bagus Setyawan", "dpmptsp.malang@contoh.example", "DPMPTSP Malang", "Kepala Dinas", access.KabupatenOfficer, malang, true},
	{"Maya Kartika", "kesbangpol.banyuwangi@contoh.example", "Bakesbangpol Banyuwangi", "Kepala Badan", access.KabupatenOfficer, banyuwangi, true},
}

// programme is an assistance programme of the register; known is its code among the
// known programmes, extends the key of the one that it adds to.
type programme struct {
	key, id, en, owner string
	from               registry.Day
	known, extends     string
}

// The names are those of programmes that exist; what studies here say of them is
// invented. KIP is Kewirausahaan Inklusif Produktif.
var programmes = []programme{
	{"pkh", "Program Keluarga Harapan (PKH)", "Family Hope Programme (PKH)", "Kemensos", "2007-01-01", "pkh", ""},
	{"sembako", "Program Sembako (BPNT)", "Staple Food Programme (BPNT)", "Kemensos", "2017-02-23", "sembako", ""},
	{"pkh-plus", "PKH Plus", "PKH Plus", province, "2019-01-01", "pkhplus", "pkh"},
	{"aspd", "Asistensi Sosial Penyandang Disabilitas (ASPD)", "Social Assistance for Persons with Disabilities (ASPD)", province, "2019-01-01", "aspd", ""},
	{"kip", "KIP Putri Jawara", "KIP Putri Jawara (women's productive inclusion)", province, "2024-01-01", "kipputrijawara", ""},
}

// entry is what the register says of a dataset besides its contract, which lies under
// the same key.
type entry struct {
	key, name, owner string
	programmes       []string
	from             registry.Day
}

var datasets = []entry{
	{"bps", "Kemiskinan kabupaten/kota Jawa Timur, angka resmi BPS", province, nil, "2020-09-07"},
	{"rekap", "Rekap penyaluran bantuan per kabupaten/kota (contoh)", province, []string{"pkh", "sembako", "pkh-plus", "aspd"}, "2020-09-07"},
	{"penerima", "Penerima PKH Plus dan ASPD (contoh)", province, []string{"pkh-plus", "aspd"}, "2020-09-07"},
	{"bangkalan", "Verifikasi lapangan penerima bantuan, Kabupaten Bangkalan (contoh)", "Dinsos Bangkalan", []string{"pkh", "sembako", "pkh-plus"}, "2020-09-07"},
	{"wirausaha", "Penerima KIP Putri Jawara (contoh)", province, []string{"kip"}, "2024-11-04"},
}
