package store

import (
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// goldenLines are the rows of the batches of golden logs; they name a programme of
// the log itself.
func goldenLines(kind registry.FigureKind, programme string) registry.Lines {
	if kind == registry.Budgets {
		return registry.Lines{Budget: []registry.BudgetLine{
			{Programme: programme, Region: "3510", Year: 2025, Fund: registry.NationalFund, Position: "2025-06-30", Code: "027.06", Original: whole(9_000_000_000), Spent: whole(4_100_000_000)},
			{Programme: programme, Region: "3510", Year: 2025, Fund: registry.RegencyFund, Position: "2025-12-31", Revised: whole(150_000_000)},
			{Programme: programme, Region: "3510012001", Year: 2025, Fund: registry.VillageFund, Position: "2025-12-31", Original: whole(12_000_000)},
		}}
	}
	return registry.Lines{Disbursement: []registry.DisbursementLine{
		{Programme: programme, Region: "3510", Year: 2025, Stage: "1", Reason: "rekening tidak aktif", Paid: "2025-04-11",
			People: registry.Amounts{Quota: whole(120), Decided: whole(118), Received: whole(110), Failed: whole(8), Used: whole(104)},
			Money:  registry.Amounts{Quota: whole(90_000_000), Decided: whole(88_500_000), Received: whole(82_500_000), Failed: whole(6_000_000), Used: whole(78_000_000)}},
		{Programme: programme, Region: "3510012001", Year: 2025, Stage: "2", People: registry.Amounts{Received: whole(12)}},
		{Programme: programme, Region: "3510012002", Year: 2025, Stage: "2", People: registry.Amounts{Received: whole(9)}},
	}}
}

// goldenContents are the rows of the batches that an event of a golden log brings.
func goldenContents(e event.Event) ([]byte, bool) {
	if e.Type != "figures-staged" {
		return nil, false
	}
	b, err := Read[registry.FigureBatch](e.After)
	if err != nil {
		return nil, false
	}
	return goldenLines(b.Kind, b.Programmes[0]).Encode(b.Kind), true
}

// figureScene is a table of each kind from its coming in on.
func figureScene(w *town, tag string) {
	office := w.anOffice("Dinsos Anggaran " + tag)
	maker, checker := w.by(w.aPersonWith(access.DataSteward, "intan", tag, office), "uji"), w.by(w.aPersonWith(access.KabupatenOfficer, "reza", tag, office), "uji")
	programme, _, err := w.RegisterProgramme(w.ctx, checker, registry.Programme{Owner: office, Names: registry.Words{ID: "Program angka " + tag, EN: "Programme of figures " + tag}, Period: registry.Period{From: "2024-01-01"}})
	w.ok(err)
	for _, kind := range registry.FigureKinds {
		id, _, err := w.StageFigures(w.ctx, maker, registry.FigureBatch{Owner: office, Kind: kind, File: string(kind) + ".xlsx", Rejected: 1}, goldenLines(kind, programme))
		w.ok(err)
		_, err = w.AcceptFigures(w.ctx, checker, id)
		w.ok(err)
		if kind == registry.Budgets {
			_, err = w.WithdrawFigures(w.ctx, checker, id)
			w.ok(err)
		}
	}
}
