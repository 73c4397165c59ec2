package figures_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/figures"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

func words(s string) registry.Words { return registry.Words{ID: s, EN: s} }

// ground is an office in a region, with a register in which a name is shared.
func ground(region string) registry.FigureGround {
	kind := registry.RegencyOffice
	if len(region) == 2 {
		kind = registry.ProvinceOffice
	}
	quarters := []registry.Stage{{Name: "1", Due: "03-31"}, {Name: "2", Due: "06-30"}, {Name: "3", Due: "09-30"}, {Name: "4", Due: "12-31"}}
	of := func(id, name, region string, stages []registry.Stage, aliases ...string) registry.Programme {
		return registry.Programme{ID: id, Names: words(name), Region: region, Period: registry.Period{From: "2007-01-01"}, Stages: stages, Aliases: aliases}
	}
	return registry.FigureGround{Owner: registry.Organisation{ID: "o", Kind: kind, Region: region}, Kinds: map[registry.ProgrammeYear]string{{Programme: "bst", Year: 2024}: "m"},
		Programmes: []registry.Programme{of("pkh", "Program Keluarga Harapan (PKH)", registry.Nation, quarters), of("sembako", "Program Sembako", registry.Nation, nil, "BPNT"), of("bst", "BST", registry.Nation, nil),
			of("k1", "Rantang Kasih", "3507", nil), of("k2", "Rantang Kasih", "3510", nil)}}
}

// taken reads a table as an import does: held against the contract, then made lines
// of. Rejects are a line each, in Indonesian.
func taken(t *testing.T, name, region, text string) (registry.Lines, []string) {
	t.Helper()
	ctx := context.Background()
	c, ok := contract.Named(name)
	if !ok {
		t.Fatal(name)
	}
	kind, ok := figures.For(c)
	if !ok {
		t.Fatal("no figures under", name)
	}
	r, err := csvfile.Open(ctx, bytes.NewReader([]byte(text)), csvfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := c.Check(r.Table(), nil)
	if err != nil {
		t.Fatal(err)
	}
	made := figures.New(kind, ground(region))
	var rejects []string
	say := func(all []contract.Reject) {
		for _, one := range all {
			for _, b := range one.Breaks {
				rejects = append(rejects, fmt.Sprintf("%d %s", one.Row, b.Rule))
				for _, l := range i18n.Langs {
					if s := b.Text(l); strings.Contains(s, "contract.rule") || strings.ContainsAny(s, "{}") {
						t.Errorf("no sentence: %s", s)
					}
				}
			}
		}
	}
	var in, out source.Batch
	for {
		if err := r.Next(ctx, &in); errors.Is(err, io.EOF) {
			return made.Lines(), rejects
		} else if err != nil {
			t.Fatal(err)
		}
		say(k.Batch(&in, &out))
		say(made.Rows(k.Table(), &out))
	}
}

func whole(n int64) *int64 { return &n }

// TestDisbursements: what an office's table of disbursements makes, and each row
// that is none with its rule.
func TestDisbursements(t *testing.T) {
	lines, rejects := taken(t, contract.Disbursements, "3507", `Nama Program;Tahun;Triwulan;Kode Wilayah;Kuota KPM;KPM Penetapan;KPM Berhasil Salur;KPM Gagal Salur;Alasan Gagal;KPM Transaksi;Nominal Alokasi;Nominal SP2D;Nominal Salur;Nominal Gagal;Nominal Transaksi;Tgl Salur
PKH;2024;TW I;35.07;1.200;1.150;1.100;50;rekening tidak aktif;1.080;900.000.000;862.500.000;825.000.000;37.500.000;810.000.000;11/04/2024
Program Keluarga Harapan;2024;Tahap 2;Kabupaten Malang;1.200;1.150;...;;;;;;;;;
BPNT;2024;Januari;35.07.01.2001;30;30;29;1;;;;;;;;2024-02-01
PKH;2024;1;3507;1;1;1;0;;;;;;;;
Bansos Beras;2024;1;35.07;1;1;1;0;;;;;;;;
PKH;2024;1;35.78;1;1;1;0;;;;;;;;
PKH;2024;susulan;35.07;1;1;1;0;;;;;;;;
BST;2024;1;35.07;1;1;1;0;;;;;;;;
Sembako;2024;TW 2;35.07.01;1;1;1;0;;;;;;;;
Rantang Kasih;2024;1;35.07;5;5;4;1;meninggal;;;;;;;
PKH;2024;3;3507010;1;1;1;0;;;;;;;;
PKH;2024;3;3507010001;1;1;1;0;;;;;;;;
PKH;2024;4;35.07;1;1;1;0;;;999.999.999.999.999;;;;;
`)
	want := []registry.DisbursementLine{
		{Programme: "pkh", Region: "3507", Year: 2024, Stage: "1", Reason: "rekening tidak aktif", Paid: "2024-04-11",
			People: registry.Amounts{Quota: whole(1200), Decided: whole(1150), Received: whole(1100), Failed: whole(50), Used: whole(1080)},
			Money:  registry.Amounts{Quota: whole(900_000_000), Decided: whole(862_500_000), Received: whole(825_000_000), Failed: whole(37_500_000), Used: whole(810_000_000)}},
		{Programme: "pkh", Region: "3507", Year: 2024, Stage: "2", People: registry.Amounts{Quota: whole(1200), Decided: whole(1150)}},
		{Programme: "sembako", Region: "3507012001", Year: 2024, Stage: "m01", Paid: "2024-02-01", People: registry.Amounts{Quota: whole(30), Decided: whole(30), Received: whole(29), Failed: whole(1)}},
		{Programme: "k1", Region: "3507", Year: 2024, Stage: "1", Reason: "meninggal", People: registry.Amounts{Quota: whole(5), Decided: whole(5), Received: whole(4), Failed: whole(1)}},
	}
	if !reflect.DeepEqual(lines.Disbursement, want) || len(lines.Budget) != 0 {
		t.Errorf("%+v\nwant %+v", lines.Disbursement, want)
	}
	if want := []string{"5 figure-twice", "6 figure-programme", "7 figure-outside", "8 figure-stage", "9 figure-stages", "10 figure-stages", "12 figure-region", "13 figure-region", "14 maximum"}; !reflect.DeepEqual(rejects, want) {
		t.Errorf("%q", rejects)
	}
}

// TestBudgets: what an office's table of budgets makes; a name that two kabupaten
// share is decided by the region, and not where there is none.
func TestBudgets(t *testing.T) {
	lines, rejects := taken(t, contract.Budgets, "35", `TA,Nama Program,Kode Rekening,Wilayah,Sumber Dana,Pagu Murni,Pagu Perubahan,Realisasi,Posisi
2024,PKH Plus,1.06,Jawa Timur,APBD Provinsi,"100.000.000.000","115.000.000.000","98.500.000.000",31 Desember 2024
2024,Program Sembako (BPNT),,Kabupaten Kediri,APBN,200000000,-,150000000,31-12-2024
2024,BPNT,,Kabupaten Kediri,APBN,200000000,,100000000,30-06-2024
2024,Sembako,,Kabupaten Kediri,APBN,1,,1,30-06-2024
2024,Rantang Kasih,,Kabupaten Malang,APBD kab/kota,5,,1,30-06-2024
2024,Rantang Kasih,,35,APBD kab/kota,5,,1,30-06-2024
`)
	want := []registry.BudgetLine{
		{Programme: "sembako", Region: "3506", Year: 2024, Fund: registry.NationalFund, Position: "2024-12-31", Original: whole(200_000_000), Spent: whole(150_000_000)},
		{Programme: "sembako", Region: "3506", Year: 2024, Fund: registry.NationalFund, Position: "2024-06-30", Original: whole(200_000_000), Spent: whole(100_000_000)},
		{Programme: "k1", Region: "3507", Year: 2024, Fund: registry.RegencyFund, Position: "2024-06-30", Original: whole(5), Spent: whole(1)},
	}
	if !reflect.DeepEqual(lines.Budget, want) {
		t.Errorf("%+v\nwant %+v", lines.Budget, want)
	}
	if want := []string{"2 figure-programme", "5 figure-twice", "7 figure-programmes"}; !reflect.DeepEqual(rejects, want) {
		t.Errorf("%q", rejects)
	}
}

// TestFor: another contract is none of figures, whatever its name.
func TestFor(t *testing.T) {
	c, _ := contract.Named(contract.Budgets)
	c.Name = contract.Disbursements
	if _, ok := figures.For(c); ok {
		t.Error("the fields of a budget pass for a disbursement")
	}
	c.Name = "lain"
	if _, ok := figures.For(c); ok {
		t.Error("any name passes")
	}
}
