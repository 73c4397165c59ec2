package csvfile_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/testenv"
)

func open(f source.File) (source.Reader, error) {
	r, err := csvfile.Open(context.Background(), f, csvfile.Options{})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// read gives the rows, one line each, with marks behind them ("T" total, "S"
// heading, "1*" and "1**" preliminary in column 1), then the codes of what was
// said, or of the error.
func read(t *testing.T, text string, o csvfile.Options) (rows, said string) {
	t.Helper()
	r, err := csvfile.Open(context.Background(), sourcetest.Bytes([]byte(text)), o)
	if err != nil {
		return "", codes(t, problem.Of(err))
	}
	var names []string
	for _, c := range r.Table().Columns {
		names = append(names, c.Name)
	}
	lines := []string{strings.Join(names, "|")}
	var b source.Batch
	for {
		err := r.Next(context.Background(), &b)
		if errors.Is(err, io.EOF) {
			return strings.Join(lines, "\n"), codes(t, r.Cautions())
		}
		if err != nil {
			return "", codes(t, problem.Of(err))
		}
		for i, n := range b.Row {
			var cells []string
			for j, c := range r.Table().Columns {
				s := b.Cells[j].Spell(c.Kind, i)
				for _, bad := range b.Bad {
					if bad.Row == n && bad.Column == j {
						s = "!" + codes(t, problem.List{bad.Problem})
					}
				}
				for _, m := range b.Marks {
					if m.Row == n && m.Column == j {
						s += map[source.Said]string{source.Preliminary: "*", source.VeryPreliminary: "**"}[m.Said]
					}
				}
				cells = append(cells, s)
			}
			line := strings.Join(cells, "|")
			for _, m := range b.Marks {
				if m.Row == n && m.Column < 0 {
					line += map[source.Said]string{source.Total: " T", source.Section: " S"}[m.Said]
				}
			}
			lines = append(lines, line)
		}
	}
}

// codes lists codes without those of the separator, which is always said, and
// of plain forms; every sentence must be there.
func codes(t *testing.T, list problem.List) string {
	t.Helper()
	var all []string
	for _, p := range list {
		for _, l := range i18n.Langs {
			if s := p.Text(l); strings.HasPrefix(s, "[") {
				t.Error(s)
			}
		}
		if p.Code != "csv-separator" {
			all = append(all, strings.TrimPrefix(p.Code, "grid-"))
		}
	}
	return strings.Join(all, " ")
}

// TestQuirks: what tables of offices and of BPS hold, as named in the project's
// notes on Indonesian data.
func TestQuirks(t *testing.T) {
	for _, c := range []struct{ name, text, rows, said string }{
		{"plain", "a,b\nx,1\ny,2\n", "a|b\nx|1\ny|2", ""},
		{"mark at the start", "\ufeffa,b\nx,1\n", "a|b\nx|1", ""},
		{"semicolons, decimal commas", "wilayah;p0\nPacitan;14,19\nNgawi;1,5\n", "wilayah|p0\nPacitan|14.19\nNgawi|1.5", "numbers-indonesian"},
		{"tabs", "a\tb\nx, y\t1\n", "a|b\nx, y|1", ""},
		{"bars", "a|b\nx|1\n", "a|b\nx|1", ""},
		{"separator named by Excel", "sep=;\na;b\nx;1\n", "a|b\nx|1", ""},
		{"one column", "a\nx\ny\n", "a\nx\ny", ""},
		{"quoted line ends", "nama,n\n\"Jl. A\nNo. 1\",1\n\"b \"\"c\"\"\",2\n", "nama|n\nJl. A\nNo. 1|1\nb \"c\"|2", ""},
		{"line ends of old Macs", "a,b\rx,1\ry,2\r", "a|b\nx|1\ny|2", ""},
		{"line ends of Windows, no last one", "a,b\r\nx,1\r\ny,2", "a|b\nx|1\ny|2", ""},
		{"blank lines", "a,b\n\nx,1\n\n\ny,2\n\n", "a|b\nx|1\ny|2", ""},

		{"titles above, notes below", "Tabel 1. Kemiskinan\nProvinsi Jawa Timur\n\nNo,Wilayah,P0\n1,Pacitan,14.19\n2,Ngawi,15.1\n\nKeterangan\n-\nSumber: BPS,,\n",
			"No|Wilayah|P0\n1|Pacitan|14.19\n2|Ngawi|15.1", "above below numbers-english"},
		{"notes without a word for them", "No,Wilayah,P0\n1,Pacitan,14.19\n2,Ngawi,15.1\n\nSusenas Maret 2024\n", "No|Wilayah|P0\n1|Pacitan|14.19\n2|Ngawi|15.1", "below numbers-english"},
		{"two levels", "Wilayah;Jumlah;;Persen;\n;Maret;September;Maret;September\nPacitan;10;11;1,5;1,6\nNgawi;20;21;2,5;2,6\n",
			"Wilayah|Jumlah - Maret|Jumlah - September|Persen - Maret|Persen - September\nPacitan|10|11|1.5|1.6\nNgawi|20|21|2.5|2.6", "levels numbers-indonesian numbers-indonesian"},
		{"three levels with units", "Wilayah;Jumlah Penduduk Miskin;;P0\n;Maret;September;Maret\n;(ribu);(ribu);(persen)\nPacitan;10;11;1,5\nNgawi;20;21;2,5\n",
			"Wilayah|Jumlah Penduduk Miskin - Maret - (ribu)|Jumlah Penduduk Miskin - September - (ribu)|P0 - Maret - (persen)\nPacitan|10|11|1.5\nNgawi|20|21|2.5", "levels scale scale numbers-indonesian"},
		{"years under a title", "Wilayah,P0 (persen),,\n,2021,2022,2023\nPacitan,14.1,14.2,14.3\nNgawi,15.1,15.2,15.3\n",
			"Wilayah|P0 (persen) - 2021|P0 (persen) - 2022|P0 (persen) - 2023\nPacitan|14.1|14.2|14.3\nNgawi|15.1|15.2|15.3", "levels numbers-english numbers-english numbers-english"},
		{"titles in two languages", "Kabupaten/Kota,Maret,September\nRegency/City,March,Sept.\nPacitan,1,2\nNgawi,3,4\n", "Kabupaten/Kota - Regency/City|Maret - March|September - Sept.\nPacitan|1|2\nNgawi|3|4", "levels"},
		{"a first row of words is no title", "w,a,b\nPacitan,tidak ada,tidak ada\nNgawi,1,2\nBlora,3,4\nTuban,3,4\nBatu,3,4\n", "w|a|b\nPacitan|!no-number|!no-number\nNgawi|1|2\nBlora|3|4\nTuban|3|4\nBatu|3|4", ""},
		{"columns numbered", "Wilayah,Maret,September\n(1),(2),(3)\nPacitan,1,2\nNgawi,3,4\n", "Wilayah|Maret|September\nPacitan|1|2\nNgawi|3|4", "ordinals"},
		{"units twice in a title", "Wilayah,Jumlah Penduduk Miskin - Maret (ribu) (Ribu)\nPacitan,78.6\nNgawi,80.25\n", "Wilayah|Jumlah Penduduk Miskin - Maret (ribu) (Ribu)\nPacitan|78.6\nNgawi|80.25", "numbers-english scale"},
		{"empty columns", "a,,b,\nx,,1,\ny,,2,\n", "a|b\nx|1\ny|2", "empty-columns"},
		{"a column without title", "a,,b\nx,k,1\ny,l,2\n", "a|B (2)|b\nx|k|1\ny|l|2", "untitled title-twice"},
		{"titles twice", "a,n,n\nx,1,2\n", "a|n|n (2)\nx|1|2", "title-twice"},
		{"a column without values", "a,b,c\nx,,1\n", "a|b|c\nx|.|1", "column-without-values"},
		{"titles again among the rows", "a,b,c\nx,1,2\na,b,c\ny,3,4\n", "a|b|c\nx|1|2\ny|3|4", "header-again"},

		{"totals inside", "Wilayah,n\nJAWA TIMUR,5\nPacitan,1\nNgawi,2\nKediri,3\nJumlah,5\n", "Wilayah|n\nJAWA TIMUR|5 T\nPacitan|1\nNgawi|2\nKediri|3\nJumlah|5 T", "totals"},
		{"the nation among provinces", "Provinsi,n\nAceh,1\nJawa Timur,2\nIndonesia,3\n", "Provinsi|n\nAceh|1\nJawa Timur|2\nIndonesia|3 T", "totals"},
		{"the nation among countries", "negara,n\nIndonesia,1\nMalaysia,2\nThailand,3\n", "negara|n\nIndonesia|1\nMalaysia|2\nThailand|3", ""},
		{"a province that is no total", "provinsi,kabupaten,n\nJAWA TIMUR,PACITAN,1\nJAWA TIMUR,NGAWI,2\n", "provinsi|kabupaten|n\nJAWA TIMUR|PACITAN|1\nJAWA TIMUR|NGAWI|2", ""},
		{"totals by code", "kode,n\n3500,3\n3501,1\n3502,2\n", "kode|n\n3500|3 T\n3501|1\n3502|2", "totals"},
		{"a total of a kind", "Wilayah,n,m\nPacitan,1,2\nTotal Kabupaten,1,2\n", "Wilayah|n|m\nPacitan|1|2\nTotal Kabupaten|1|2 T", "totals"},
		{"headings between rows", "Wilayah,n,m\nKabupaten,,\nKediri,1,2\nKota,,\nKediri,3,4\n", "Wilayah|n|m\nKabupaten|.|. S\nKediri|1|2\nKota|.|. S\nKediri|3|4", "sections"},
		{"HTML in labels", "w,n\n<b>ACEH</b>,1\nBatu &amp; sekitar,2\na<b,3\nNgawi,4\n", "w|n\nACEH|1\nBatu & sekitar|2\na<b|3\nNgawi|4", "html"},

		{"missing marks", "w,n\na,...\nb,…\nc,NA\nd,n/a\ne,.\nf,\ng,7\n", "w|n\na|...\nb|…\nc|NA\nd|n/a\ne|.\nf|.\ng|7", "marks"},
		{"dashes", "w,n\na,-\nb,–\nc,7\n", "w|n\na|-\nb|–\nc|7", "dashes"},
		{"faults of formulas", "w,n\na,#REF!\nb,#DIV/0!\nc,7\n", "w|n\na|#REF!\nb|#DIV/0!\nc|7", "faults"},
		{"preliminary", "w,n\na,10*\nb,11**\nc,\"12,5 *\"\n", "w|n\na|10*\nb|11**\nc|12.5*", "numbers-indonesian preliminary"},
		{"a preliminary year", "w,2023*,2024**\na,1,2\nb,3,4\n", "w|2023*|2024**\na|1|2\nb|3|4", "preliminary-column preliminary-column"},
		{"percent", "w;n\na;12,5%\nb;3 %\n", "w|n\na|12.5\nb|3", "numbers-indonesian percent"},
		{"rupiah", "w;n\na;Rp 1.250.000\nb;Rp. 300.000,50\n", "w|n\na|1250000\nb|300000.5", "numbers-indonesian"},
		{"scales in titles", "w,Pagu (Juta Rupiah)\na,1\n", "w|Pagu (Juta Rupiah)\na|1", "scale"},

		{"Indonesian", "w;n\na;4.419,10\nb;11.191\n", "w|n\na|4419.1\nb|11191", "numbers-indonesian"},
		{"English", "w;n\na;4,419.10\nb;11,191\n", "w|n\na|4419.1\nb|11191", "numbers-english"},
		{"English without groups", "w;n\na;4419.10\nb;11.191\n", "w|n\na|4419.1\nb|11.191", "numbers-english"},
		{"groups by blanks", "w;n\na;4 419,10\nb;1\u00a0234\n", "w|n\na|4419.1\nb|1234", "numbers-indonesian"},
		{"minus", "w;n\na;-4,5\nb;−1\n", "w|n\na|-4.5\nb|-1", "numbers-indonesian"},
		{"ambiguous points", "w;n\na;11.191\nb;9.876\n", "w|n\na|11191\nb|9876", "numbers-ambiguous"},
		{"ambiguous commas", "w;n\na;11,191\nb;9,876\n", "w|n\na|11191\nb|9876", "numbers-ambiguous"},
		{"ambiguous beside another column that is not", "w;ipm;pengeluaran\na;68.95;11.191\nb;70.5;9.876\n", "w|ipm|pengeluaran\na|68.95|11191\nb|70.5|9876", "numbers-english numbers-ambiguous"},
		{"thousands cut by a spreadsheet", "w;n\na;6.3\nb;11\nc;11.191\nd;9.876\ne;10.123\n", "w|n\na|6.3\nb|11\nc|11.191\nd|9.876\ne|10.123", "numbers-english numbers-thousands"},
		{"both forms", "w;n\na;4.419,10\nb;1.234,5\nc;4,419.10\n", "w|n\na|4419.1\nb|1234.5\nc|!no-number", "numbers-both"},
		{"both marks", "w;n\na;11.191\nb;12.191\nc;9,876\n", "w|n\na|11191\nb|12191\nc|!no-number", "numbers-ambiguous numbers-both-marks"},
		{"a contrary cell", "w,n\na,1\nb,2\nc,3\nd,4\ne,lima\n", "w|n\na|1\nb|2\nc|3\nd|4\ne|!no-number", ""},
		{"half numbers", "w,n\na,1\nb,dua\n", "w|n\na|1\nb|dua", "mixed-kinds"},
		{"more than a float holds", "w,n\na,1234567890123456789012\n", "w|n\na|1234567890123456789012", ""},

		{"identity numbers", "nik,n\n7715142304560001,1\n7715146304560002,2\n", "nik|n\n7715142304560001|1\n7715146304560002|2", "identity"},
		{"turned into floats", "nik,n\n7715142304560001,1\n3.51514E+15,2\n", "nik|n\n7715142304560001|1\n!identity-exponent|2", "identity identity-exponents"},
		{"all turned into floats, comma", "NIK;n\n3,51514E+15;1\n3,51515E+15;2\n", "NIK|n\n!identity-exponent|1\n!identity-exponent|2", "identity identity-exponents"},
		{"last digit lost", "no_kk,n\n7715142304560010,1\n7715146304560020,2\n7715146304560030,2\n7715146304560040,2\n7715146304560041,2\n",
			"no_kk|n\n!identity-digit|1\n!identity-digit|2\n!identity-digit|2\n!identity-digit|2\n7715146304560041|2", "identity identity-zeros"},
		{"one that ends in zero by right", "nik,n\n7715142304560010,1\n7715146304560021,2\n7715146304560032,2\n", "nik|n\n7715142304560010|1\n7715146304560021|2\n7715146304560032|2", "identity"},
		{"apostrophes, blanks, points", "nik,n\n'7715142304560001,1\n77 1514 230456 0002,2\n77.1514.230456.0003,3\n7715142304560004.0,4\n",
			"nik|n\n7715142304560001|1\n7715142304560002|2\n7715142304560003|3\n7715142304560004|4", "identity identity-signs"},
		{"accounts that end in zero", "no_rekening,n\n6032981200000010,1\n6032981200000020,2\n", "no_rekening|n\n6032981200000010|1\n6032981200000020|2", "identity"},
		{"codes of desa", "kode_desa,n\n35.01.01.2001,1\n35.01.01.2002,2\n", "kode_desa|n\n35.01.01.2001|1\n35.01.01.2002|2", ""},
		{"coordinates of a survey", "titik,n\n-7.801 111.201 120.5 4.9,1\n-7.802 111.202 0 0,2\n", "titik|n\n-7.801 111.201 120.5 4.9|1\n-7.802 111.202 0 0|2", ""},
		{"truths of R and Python", "a,b,n\nTRUE,False,1\nFALSE,True,2\n", "a|b|n\n1|0|1\n0|1|2", ""},
		{"a word among truths", "a,n\nTRUE,1\nFALSE,2\nmungkin,3\n", "a|n\nTRUE|1\nFALSE|2\nmungkin|3", ""},
		{"identity without a title for it", "kolom,n\n7715142304560001,1\n7715142304560003,1\n", "kolom|n\n7715142304560001|1\n7715142304560003|1", "identity"},
		{"leading zeros", "w,nomor\na,007\nb,12\n", "w|nomor\na|007\nb|12", "leading-zeros"},
		{"phone numbers", "nama,hp\na,81234567890\nb,'081234567891\n", "nama|hp\na|81234567890\nb|081234567891", "apostrophes"},
		{"codes of Kemendagri", "kode_kemendagri,n\n35.01,1\n35.1,2\n", "kode_kemendagri|n\n35.01|1\n35.1|2", ""},
		{"codes without a title for it", "w,x\na,35.01\nb,35.1\nc,35.79\n", "w|x\na|35.01\nb|35.1\nc|35.79", "region-codes"},

		{"days d/m/y", "w,tgl\na,17/03/2024\nb,4/5/2024\n", "w|tgl\na|2024-03-17\nb|2024-05-04", "days-day-first"},
		{"days m/d/y", "w,tgl\na,03/17/2024\nb,4/5/2024\n", "w|tgl\na|2024-03-17\nb|2024-04-05", "days-month-first"},
		{"days either way", "w,tgl\na,4/5/2024\n", "w|tgl\na|2024-05-04", "days-ambiguous"},
		{"days both ways", "w,tgl\na,17/03/2024\nb,18-04-2024\nc,03/17/2024\n", "w|tgl\na|2024-03-17\nb|2024-04-18\nc|!not-a-day", "days-both"},
		{"ISO days with tails", "w,tgl\na,2024-03-17 0:00:00\nb,2024-05-04 00:00:00\n", "w|tgl\na|2024-03-17\nb|2024-05-04", "day-tails"},
		{"days with / or - and tails", "w,tanggal_lahir\na,17/03/1984 0:00:00\nb,04-05-1990\n", "w|tanggal_lahir\na|1984-03-17\nb|1990-05-04", "days-day-first day-tails"},
		{"times", "w,t\na,2024-03-17T08:30:00.5Z\nb,2024-05-04\n", "w|t\na|2024-03-17 08:30:00.5\nb|2024-05-04 00:00:00", ""},
		{"months in words", "w,tgl\na,17 Agustus 2024\nb,1-Mei-2024\n", "w|tgl\na|2024-08-17\nb|2024-05-01", ""},
		{"serial days", "w,tanggal\na,45352\nb,36526\n", "w|tanggal\na|2024-03-01\nb|2000-01-01", "day-serials"},
		{"serial days among days", "w,tanggal\na,45352\nb,17/03/2024\n", "w|tanggal\na|2024-03-01\nb|2024-03-17", "days-day-first day-serials"},
		{"two digits of a year", "w,tgl\na,17/03/24\nb,17/03/84\n", "w|tgl\na|2024-03-17\nb|1984-03-17", "days-day-first day-years"},
		{"no such day", "w,tgl\na,31/02/2024\nb,17/03/2024\nc,17/04/2024\nd,17/05/2024\ne,18/05/2024\n", "w|tgl\na|!not-a-day\nb|2024-03-17\nc|2024-04-17\nd|2024-05-17\ne|2024-05-18", "days-day-first"},
		{"years are no days", "tahun,n\n2021,1\n2022,2\n", "tahun|n\n2021|1\n2022|2", ""},

		{"an export of P3KE", "id_keluarga_p3ke;provinsi;kabupaten_kota;kode_kemdagri;desil_kesejahteraan;kepala_keluarga;nik;padan_dukcapil;tanggal_lahir;penerima_pkh\n" +
			"K1;JAWA TIMUR;PACITAN;3501012001;1;Warga A;7701012304560001;YA;17/03/1984 0:00:00;YA\nK2;JAWA TIMUR;KEDIRI;3506012002;4;Warga B;7701014304560002;TIDAK;05-04-1990;TIDAK\n",
			"id_keluarga_p3ke|provinsi|kabupaten_kota|kode_kemdagri|desil_kesejahteraan|kepala_keluarga|nik|padan_dukcapil|tanggal_lahir|penerima_pkh\n" +
				"K1|JAWA TIMUR|PACITAN|3501012001|1|Warga A|7701012304560001|YA|1984-03-17|YA\nK2|JAWA TIMUR|KEDIRI|3506012002|4|Warga B|7701014304560002|TIDAK|1990-04-05|TIDAK", "identity days-day-first day-tails"},
		{"an export of ODK Central", "SubmissionDate,start,q1-nama,q1-umur,q2,KEY\n2024-03-17T08:30:00.123Z,2024-03-17T15:00:00.000+07:00,Warga A,30,ya tidak,uuid:1\n2024-03-18T08:30:00.000Z,2024-03-18T15:00:00.000+07:00,Warga B,,ya,uuid:2\n",
			"SubmissionDate|start|q1-nama|q1-umur|q2|KEY\n2024-03-17 08:30:00.123|2024-03-17 15:00:00|Warga A|30|ya tidak|uuid:1\n2024-03-18 08:30:00|2024-03-18 15:00:00|Warga B|.|ya|uuid:2", ""},
		{"an export of Kobo", "\"nama\";\"bantuan\";\"bantuan/pkh\";\"bantuan/bpnt\";\"_id\";\"_index\"\n\"Warga A\";\"pkh bpnt\";\"1\";\"1\";\"9001\";\"1\"\n\"Warga B\";\"pkh\";\"1\";\"0\";\"9002\";\"2\"\n\"Warga C\";\"\";\"\";\"\";\"9003\";\"3\"\n",
			"nama|bantuan|bantuan/pkh|bantuan/bpnt|_id|_index\nWarga A|pkh bpnt|1|1|9001|1\nWarga B|pkh|1|0|9002|2\nWarga C|.|.|.|9003|3", ""},
		{"cells left out at the end", "a,b,c\nx,1,k\ny,2\nz,3\nu,4,\n", "a|b|c\nx|1|k\ny|2|.\nz|3|.\nu|4|.", "rows-early"},
		{"a longer row", "a,b\nx,1\ny,2,3\n", "", "row-long"},
		{"a shorter row", "a,b,c\nx,1,k\ny,2\nz,3,m\n", "", "row-short"},
		{"other titles midway", "a,b,c\nx,1,2\ny,3,4\n\nwilayah,tahun,jumlah\nz,2021,5\nu,2022,6\nx,1,2\nx,1,2\nx,1,2\nx,1,2\nx,1,2\n", "", "columns-change"},
		{"titles in another order midway", "a,b,c\nx,1,2\nc,a,b\n2,z,5\n", "", "columns-change"},
		{"a second table under the notes", "a,b,c\nx,1,2\nSumber: BPS\nd,e,f\ny,3,4\n", "", "second-table"},
		{"no titles", "3501,2010,540553.1\n3502,2010,540553.1\n", "", "no-header"},
		{"titles alone", "a,b\n", "", "no-rows"},
		{"nothing", "", "", "empty"},
		{"blank", " \n \n", "", "empty"},
		{"separators alone", ",,,\n,,,\n", "", "empty"},
		{"a quote cut off", "a,b\nx,1\n\"y,2\nz,3\n", "", "csv-quote"},
		{"zero bytes", "a,b\nx,1\ny\x00z,2\n", "", "csv-zero-bytes"},
		{"a workbook", "PK\x03\x04", "", "csv-workbook"},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1", "", "csv-old-workbook"},
		{"a million columns, semicolons", strings.Repeat("a;", 1_000_000) + "\n", "", "csv-columns"},
		{"a million columns", strings.Repeat("a,", 1_000_000) + "\n", "", "csv-columns"},
	} {
		rows, said := read(t, c.text, csvfile.Options{})
		if rows != c.rows || said != c.said {
			t.Errorf("%s:\n%s\n[%s]\nwant\n%s\n[%s]", c.name, rows, said, c.rows, c.said)
		}
	}
}

// encoded writes a text in another encoding.
func encoded(t interface{ Fatal(...any) }, name, text string) string {
	e := map[string]encoding.Encoding{
		"le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"le plain": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "be plain": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
		"1252": charmap.Windows1252,
	}[name]
	s, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEncodings: decided from the bytes, and said where the file does not say it.
func TestEncodings(t *testing.T) {
	const text = "desa;n\nDésa;1\nBatu – Kota;2\n"
	const rows = "desa|n\nDésa|1\nBatu – Kota|2"
	for _, c := range []struct{ name, bytes, rows, said string }{
		{"UTF-8", text, rows, ""},
		{"UTF-8 with a mark", "\ufeff" + text, rows, ""},
		{"UTF-16 with marks", encoded(t, "le", text), rows, ""},
		{"UTF-16, the other order", encoded(t, "be", text), rows, ""},
		{"UTF-16 without mark", encoded(t, "le plain", text), rows, "csv-encoding"},
		{"UTF-16 without mark, the other order", encoded(t, "be plain", text), rows, "csv-encoding"},
		{"Windows 1252", encoded(t, "1252", text), rows, "csv-encoding"},
		{"a letter that is no UTF-8 among others", "desa;n\nDésa;1\nDésé;2\nD\xe9sa;3\n", "desa|n\nDésa|1\nDésé|2\n!letters|3", "csv-encoding-mixed"},
		{"UTF-16 cut in a character", encoded(t, "le", text)[:21], "", "csv-utf16-cut"},
		{"UTF-32", "\xff\xfe\x00\x00a\x00\x00\x00", "", "csv-utf32"},
		{"no text at all", "a,b\n\x81\x8d,1\n", "a|b\n!letters|1", "csv-encoding"},
	} {
		rows, said := read(t, c.bytes, csvfile.Options{})
		if rows != c.rows || said != c.said {
			t.Errorf("%s:\n%s\n[%s]\nwant\n%s\n[%s]", c.name, rows, said, c.rows, c.said)
		}
	}
	// A person's word wins over the bytes.
	if rows, said := read(t, "desa,n\nD\x82sa,1\n", csvfile.Options{Encoding: "cp850"}); rows != "desa|n\nDésa|1" || said != "" {
		t.Error(rows, said)
	}
	if rows, _ := read(t, encoded(t, "be plain", text), csvfile.Options{Encoding: "UTF-16BE"}); rows != "desa|n\nDésa|1\nBatu – Kota|2" {
		t.Error(rows)
	}
	if _, said := read(t, text, csvfile.Options{Encoding: "Big5"}); said != "source-encoding" {
		t.Error(said)
	}
	// An invalid letter far from the start decides too.
	long := strings.Repeat("desa,1\n", 200_000)
	if _, said := read(t, "a,b\n"+long+"D\xe9sa,2\n", csvfile.Options{}); said != "csv-encoding" {
		t.Error(said)
	}
	// A character across the blocks that are read is no damage.
	for n := range 4 {
		if _, said := read(t, "a,b\n"+strings.Repeat("x", 256<<10-6-n)+"éé,1\n", csvfile.Options{}); said != "" {
			t.Error(n, said)
		}
	}
}

// TestDecided: what a person decides wins, and is said.
func TestDecided(t *testing.T) {
	const text = "w;n\na;11.191\nb;9.876\n"
	if rows, said := read(t, text, csvfile.Options{Decimals: map[string]byte{"n": '.'}}); rows != "w|n\na|11.191\nb|9.876" || said != "numbers-asked" {
		t.Error(rows, said)
	}
	if rows, _ := read(t, "a,b;c\nx,y;1\n", csvfile.Options{Separator: ';'}); rows != "a,b|c\nx,y|1" {
		t.Error(rows)
	}
}

// TestLayout: rows are numbered as a spreadsheet shows them, and what is no data
// is kept for the page.
func TestLayout(t *testing.T) {
	const text = "\ufeffTabel 1\n\nWilayah;P0;\n;Maret (ribu) (Ribu);\n\"Paci\ntan\";1,5;\nNgawi;2,5;\n\nCatatan:\n-\n"
	r, err := csvfile.Open(context.Background(), sourcetest.Bytes([]byte(text)), csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := r.Layout()
	if len(l.Above) != 1 || l.Above[0].Row != 1 || l.Above[0].Text != "Tabel 1" || l.HeaderFirst != 3 || l.HeaderAt != 4 || l.Last != 6 {
		t.Errorf("%+v", l)
	}
	if len(l.Below) != 2 || l.Below[0].Row != 8 || l.Below[0].Text != "Catatan:" {
		t.Errorf("%+v", l.Below)
	}
	if p := l.Columns[1]; p.Column != 1 || strings.Join(p.Levels, "/") != "P0/Maret (ribu) (Ribu)" || p.Unit != "Ribu" || p.Decimal != "," {
		t.Errorf("%+v", p)
	}
	var b source.Batch
	if err := r.Next(context.Background(), &b); err != nil || len(b.Row) != 2 || b.Row[0] != 5 || b.Row[1] != 6 {
		t.Error(err, b.Row)
	}
	if r.Table().Encoding != "UTF-8" || r.Table().Rows != 2 || r.Separator != ';' {
		t.Errorf("%+v", r.Table())
	}
}

// TestSentences: a decision is said with an example, its row and both readings.
func TestSentences(t *testing.T) {
	r, err := csvfile.Open(context.Background(), sourcetest.Bytes([]byte("w;n\na;11.191\nb;9.876\n")), csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Cautions() {
		if p.Code == "grid-numbers-ambiguous" {
			want := "kolom `n`: `11.191` di baris 2 dapat berarti 11191 atau 11.191 (demikian 2 sel), dan tidak ada sel yang memastikannya; karena tandanya selalu diikuti tiga angka, dibaca sebagai pemisah ribuan (11191): tetapkan tanda desimalnya bila keliru"
			if got := p.Text(i18n.ID); got != want {
				t.Error(got)
			}
			return
		}
	}
	t.Error(r.Cautions())
}

// TestIdentityIsMasked: no sentence and no value of a problem shows a whole
// identity number, however it is written.
func TestIdentityIsMasked(t *testing.T) {
	text := "Rekap 7715142304560001\n\nnik,n,m\n'7715142304560010,1,1\n77 1514 230456 0020,1,1\n7715.142304.560030,2,1\n7715142304560040,3,1\nKeterangan: 7715142304560001\n"
	r, err := csvfile.Open(context.Background(), sourcetest.Bytes([]byte(text)), csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b source.Batch
	list := problem.List{}
	for r.Next(context.Background(), &b) == nil {
		for _, bad := range b.Bad {
			list = append(list, bad.Problem)
		}
	}
	list = append(list, r.Cautions()...)
	if len(list) < 6 {
		t.Fatal(list)
	}
	for _, p := range list {
		for name, v := range p.Values {
			s, _ := v.(string)
			digits := strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, s)
			if len(digits) > 6 {
				t.Errorf("%s, %s: %s", p.Code, name, s)
			}
		}
	}
}

// TestChanged: a file that another process writes meanwhile is found out.
func TestChanged(t *testing.T) {
	f := &growing{text: "a,b\nx,1\ny,2\n"}
	r, err := csvfile.Open(context.Background(), f, csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.text = "a,b\nx,1\n\n\n\n\n\n\n"[:len(f.text)]
	if _, err = sourcetest.Rows(r); codes(t, problem.Of(err)) != "changed" {
		t.Error(err)
	}
}

type growing struct{ text string }

func (g *growing) Size() int64 { return int64(len(g.text)) }
func (g *growing) ReadAt(p []byte, at int64) (int, error) {
	return strings.NewReader(g.text).ReadAt(p, at)
}

// TestBounds: what would fill the memory is refused with its row, and quickly.
// TestCommasOfTitles: commas of titles, sources and decimals, of which there are as
// many in a line as semicolons, do not separate.
func TestCommasOfTitles(t *testing.T) {
	r, err := csvfile.Open(t.Context(), sourcetest.Bytes([]byte("Persentase Penduduk Miskin, 2015\n\nWilayah;Persentase\nPacitan;16,68\nPonorogo;11,91\nJAWA TIMUR;12,34\n\nSumber: BPS, Susenas\n")), csvfile.Options{})
	if err != nil || r.Separator != ';' {
		t.Fatalf("%v %v", r, err)
	}
	if rows, err := sourcetest.Rows(r); err != nil || len(rows) != 4 || rows[1][1] != "16.68" {
		t.Errorf("%v %v", rows, err)
	}
}

func TestBounds(t *testing.T) {
	x := []byte(strings.Repeat("x", 1<<20))
	for name, c := range map[string]struct {
		f    source.File
		want string
	}{
		"a line of a gigabyte":           {&sourcetest.Repeated{Head: []byte("a,b\nx,1\n"), Part: x, Times: 1024}, "csv-row-long"},
		"a first line of 70 MB":          {&sourcetest.Repeated{Part: x, Times: 70}, "csv-row-long"},
		"a quote open for 20 MB":         {&sourcetest.Repeated{Head: []byte("a,b\nx,1\n\""), Part: x, Times: 20}, "csv-quote-long"},
		"a million columns in a row":     {&sourcetest.Repeated{Head: []byte("a,b\nx,1\n"), Part: []byte(",y"), Times: 1_000_000}, "csv-columns"},
		"a million columns in the first": {&sourcetest.Repeated{Part: []byte("y,"), Times: 1_000_000, Tail: []byte("y\n")}, "csv-columns"},
	} {
		_, err := csvfile.Open(context.Background(), c.f, csvfile.Options{})
		if got := codes(t, problem.Of(err)); got != c.want {
			t.Errorf("%s: %s %v, want %s", name, got, err, c.want)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, err := csvfile.Open(ctx, many(20_000), csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	var b source.Batch
	for err == nil {
		err = r.Next(ctx, &b)
	}
	if !errors.Is(err, context.Canceled) || len(b.Row) > 0 {
		t.Error(err)
	}
	if _, err := csvfile.Open(ctx, many(20_000), csvfile.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestRoundTrip: a table of texts, numbers of either form and days, written with
// any separator and in any encoding, is that table again.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		comma := rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "separator")
		indonesian := rapid.Bool().Draw(t, "indonesian")
		texts := rapid.Custom(func(t *rapid.T) string {
			return "x" + rapid.StringMatching(`[a-zé ;,"|\n]{0,12}`).Draw(t, "text") + "z"
		})
		rows := rapid.IntRange(1, 100).Draw(t, "rows")
		want := [][]string{{"nama", "nilai", "tanggal", "catatan"}}
		var out strings.Builder
		w := csv.NewWriter(&out)
		w.Comma = comma
		_ = w.Write(want[0]) // to memory
		for i := range rows {
			n := rapid.IntRange(-9_999_999, 9_999_999).Draw(t, "n")
			if i == 0 {
				n = 1_234_555 // decides the form
			}
			day := time.Unix(int64(rapid.IntRange(0, 20000).Draw(t, "day"))*86400, 0).UTC()
			if i == 0 {
				day = time.Date(2024, 3, 17, 0, 0, 0, 0, time.UTC)
			}
			text := strings.ReplaceAll(texts.Draw(t, "a"), "\n", " ")
			number := fmt.Sprintf("%.2f", float64(n)/100)
			spelled := number
			if indonesian {
				spelled = strings.ReplaceAll(number, ".", ",")
			}
			_ = w.Write([]string{text, spelled, day.Format("02/01/2006"), texts.Draw(t, "b")})
			want = append(want, []string{text, number, day.Format(time.DateOnly), ""})
		}
		w.Flush()
		in := csv.NewReader(strings.NewReader(out.String()))
		in.Comma = comma
		read, err := in.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		bytes := out.String()
		if name := rapid.SampledFrom([]string{"", "le", "be", "1252"}).Draw(t, "encoding"); name != "" {
			bytes = encoded(t, name, bytes)
		}
		r, err := open(sourcetest.Bytes([]byte(bytes)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := sourcetest.Rows(r)
		if err != nil || len(got) != len(read) {
			t.Fatal(err, len(got), len(read))
		}
		for i := range got {
			for j, g := range got[i] {
				w := read[i][j]
				if i > 0 && j == 1 || i > 0 && j == 2 {
					w = want[i][j]
				}
				x, err1 := strconv.ParseFloat(g, 64)
				y, err2 := strconv.ParseFloat(w, 64)
				if g != w && (err1 != nil || err2 != nil || x != y) {
					t.Fatalf("row %d: %q, want %q", i, g, w)
				}
			}
		}
	})
}

// FuzzRead demands soundness of whatever bytes.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"a,b\nx,1\n", "\ufeffw;n\na;4.419,10\nb;11.191**\n", "Tabel\n\nW;P;;\n;1;2\nPacitan;1,5;2\n\nSumber: BPS\n", "nik,t\n'7715142304560001,17/03/2024 0:00:00\n3.5E+15,45352\n",
		"a\t\"b\n\"\"c\"\nx\t-\n", "sep=|\na|b\n<b>x</b>|5%\n", encoded(f, "le", "a;b\né;1\n"), encoded(f, "be plain", "abc;b\nx;1\n"), encoded(f, "1252", "a;b\né;1\n"),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { sourcetest.Sound(t, open, sourcetest.Bytes(b)) })
}

// TestCut: a part of a file does not break the reader; that it may pass for a
// shorter one lies in the nature of the form.
func TestCut(t *testing.T) {
	text := []byte("\ufeffTabel\n\nW;P0;;tgl\n;Maret;September;\n\"Paci\ntan\";1,5;2;17/03/2024\nNgawi;2,5;...;18/03/2024\nJumlah;4,0;2;\n\nSumber: BPS\n")
	sourcetest.Cut(t, open, text, func(int) bool { return true })
	sourcetest.Flip(t, open, text)
}

// many is a file of so many rows with an identity number, a region, a day and
// numbers, made by repeating a thousand.
func many(rows int64) source.File {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "%016d;Warga %d;KABUPATEN PACITAN;%02d/%02d/1984;Perempuan;%d;1.%03d.000,50;4;YA;-\n", 7715142304560001+int64(i), i, 1+i%28, 1+i%12, i%10, i)
	}
	return &sourcetest.Repeated{Head: []byte("nik;nama;kabupaten;tanggal_lahir;jenis_kelamin;anggota;nilai;desil;penerima_pkh;catatan\n"), Part: []byte(b.String()), Times: rows / 1000}
}

func TestMemoryDoesNotGrow(t *testing.T) { sourcetest.Flat(t, open, many(20_000), many(200_000)) }

func BenchmarkRead(b *testing.B) { sourcetest.Bench(b, open, many(1_000_000), 1_000_000) }

// TestReferenceData: tables that statistical programs and official sources wrote
// are read without a bad cell, as the standard library and strconv read them.
func TestReferenceData(t *testing.T) {
	testenv.Need(t, "golden")
	testenv.Need(t, "east-java")
	cells := 0
	for _, pattern := range []string{testenv.Golden("*.csv"), testenv.EastJava("*.csv")} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := csvfile.Open(context.Background(), sourcetest.Bytes(b), csvfile.Options{})
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			got, err := sourcetest.Rows(r)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			in := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff")))
			in.Comma = rune(r.Separator)
			want, err := in.ReadAll()
			if err != nil || len(got) != len(want) {
				t.Errorf("%s: %d rows, want %d %v", path, len(got), len(want), err)
				continue
			}
			for i := range want {
				for j, w := range want[i] {
					if w = strings.TrimSpace(w); w == "" {
						w = source.Plain
					}
					if i == 0 { // of two titles that differ in their capitals alone
						got[0][j] = strings.TrimSuffix(got[0][j], " (2)")
					}
					if k := r.Table().Columns[j].Kind; k == source.Truth && i > 0 {
						w = map[string]string{"TRUE": "1", "FALSE": "0"}[w]
					}
					x, err1 := strconv.ParseFloat(got[i][j], 64)
					y, err2 := strconv.ParseFloat(w, 64)
					if got[i][j] != w && (err1 != nil || err2 != nil || x != y) {
						t.Errorf("%s, row %d, %s: %q, want %q", filepath.Base(path), i+1, want[0][j], got[i][j], w)
					}
					cells++
				}
			}
		}
	}
	if cells < 500_000 {
		t.Error(cells)
	}
}
