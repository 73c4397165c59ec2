package store

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// goldenContent is the one content on which the events of golden logs rest.
const goldenContent = "surat perintah"

// goldenFigures are the rows of official figures on which they rest too.
var goldenFigures = func() (batches [][]registry.Statistic) {
	for _, text := range []string{"p0,3510,2024-03,7.34,2,,\np0,3510,2025-03,6.13,2,*,\n", "p0,3510,2025-03,6.54,2,,\n"} {
		rows, err := registry.DecodeStatistics(strings.NewReader("indicator,region,period,value,decimals,mark,break\n" + text))
		if err != nil {
			panic(err) // the text is a constant
		}
		batches = append(batches, rows)
	}
	return batches
}()

// scene is a short piece of the life of a record that has events of some types. It
// makes all it needs, under names that end in its tag, and rests on nothing that
// other scenes have made: a type that is new brings a scene of its own, which is
// played after a log that others have written.
type scene struct {
	makes []string
	play  func(w *town, tag string)
}

// scenes are played in this order. The first is for an empty record.
var scenes = []scene{
	{[]string{"first-administrator-granted"}, func(w *town, tag string) {
		id, token, err := w.FirstAdministrator(w.ctx, consoleOf("mesin"), access.User{Name: "Rini", Email: "rini" + tag + "@contoh.example", Language: "id"})
		w.ok(err)
		_, err = w.Accept(w.ctx, event.Web, token, encoded)
		w.ok(err)
		w.ids["rini"] = id
	}},
	{[]string{"organisation-registered", "organisation-renamed", "organisation-ended"}, func(w *town, tag string) {
		id := w.anOffice("Dinsos Contoh " + tag)
		_, err := w.RenameOrganisation(w.ctx, consoleOf("mesin"), id, registry.Name{Full: "Dinas Sosial é <b> " + tag, Short: "Dinsos Baru " + tag, From: "2026-06-01"})
		w.ok(err)
		_, err = w.EndOrganisation(w.ctx, consoleOf("mesin"), id, registry.DayOf(*w.now).Add(30))
		w.ok(err)
	}},
	{[]string{"setting-changed"}, func(w *town, tag string) {
		id := w.anOffice("Dinsos Aturan " + tag)
		_, err := w.ChangeSigning(w.ctx, consoleOf("mesin"), id, registry.Signing{Plt: []registry.Document{registry.LetterDocument}})
		w.ok(err)
		_, err = w.ChangeLetterhead(w.ctx, consoleOf("mesin"), id, registry.Letterhead{Names: []string{"Pemerintah Kabupaten Banyuwangi", "Dinas Sosial"}, Phone: "(0333) 555 0100"})
		w.ok(err)
		_, err = w.ChangeNumberPattern(w.ctx, consoleOf("mesin"), id, "400.9/<n>/107.5/<tahun>")
		w.ok(err)
	}},
	{[]string{"calendar-changed"}, func(w *town, _ string) {
		_, err := w.ChangeCalendar(w.ctx, consoleOf("mesin"), registry.CalendarYear{Year: 2031, Decree: "SKB contoh", Holidays: []registry.Holiday{{Day: "2031-01-02", Kind: registry.JointLeave, Name: "Contoh"}}})
		w.ok(err)
	}},
	{[]string{"position-created", "holding-begun", "holding-ended", "position-ended"}, func(w *town, tag string) {
		office := w.anOffice("Dinsos Jabatan " + tag)
		today := registry.DayOf(*w.now)
		seat, _, err := w.CreatePosition(w.ctx, consoleOf("mesin"), registry.Position{Organisation: office, Title: "Kepala Bidang " + tag, Period: registry.Period{From: "2026-01-01"}})
		w.ok(err)
		hash, _, err := w.Contents().Put(w.ctx, strings.NewReader(goldenContent))
		w.ok(err)
		for _, h := range []registry.Holding{
			{User: w.aPerson("bayu", tag, office), Capacity: event.Definitive, Period: registry.Period{From: "2026-01-05"}},
			{User: w.aPerson("wahyu", tag, office), Capacity: event.Plt, Period: registry.Period{From: today.Add(1), Until: today.Add(90)},
				Mandate: &registry.Mandate{Number: "800/417/2026", Date: today, File: hash}},
		} {
			_, err := w.BeginHolding(w.ctx, consoleOf("mesin"), seat, h)
			w.ok(err)
			if h.Capacity == event.Definitive {
				var held string
				w.ok(w.View(w.ctx, func(r *Reader) error {
					p, _, err := PositionOf(r, seat)
					held = p.Holdings[0].ID
					return err
				}))
				_, err = w.EndHolding(w.ctx, consoleOf("mesin"), seat, held, today)
				w.ok(err)
			}
		}
		empty, _, err := w.CreatePosition(w.ctx, consoleOf("mesin"), registry.Position{Organisation: office, Title: "Sekretaris " + tag, Period: registry.Period{From: "2026-01-01"}})
		w.ok(err)
		_, err = w.EndPosition(w.ctx, consoleOf("mesin"), empty, today)
		w.ok(err)
	}},
	{[]string{"user-invited", "user-joined", "user-changed", "user-viewed-as", "user-suspended", "user-reinstated", "user-left", "user-forgotten"}, func(w *town, tag string) {
		office := w.anOffice("Dinsos Orang " + tag)
		id := w.aPerson("dewi", tag, office)
		_, err := w.ChangeUser(w.ctx, consoleOf("mesin"), id, access.Profile{Name: "Dewi Anggraini", Email: "dewi.anggraini" + tag + "@contoh.example", Language: "en", Organisation: office})
		w.ok(err)
		// Whoever has the command line has no pages to view: a signed-in administrator does it.
		_, _, err = w.ViewAs(w.ctx, w.by(w.aPersonWith(access.Administrator, "agus", tag, ""), "membantu"), id)
		w.ok(err)
		for _, do := range []func() (event.Event, error){
			func() (event.Event, error) { return w.SuspendUser(w.ctx, consoleOf("mesin"), id) },
			func() (event.Event, error) { return w.ReinstateUser(w.ctx, consoleOf("mesin"), id) },
			func() (event.Event, error) { return w.LeaveUser(w.ctx, consoleOf("mesin"), id) },
			func() (event.Event, error) { return w.ForgetUser(w.ctx, consoleOf("mesin"), id) },
		} {
			_, err := do()
			w.ok(err)
		}
	}},
	{[]string{"password-set", "second-factor-set", "second-factor-removed"}, func(w *town, tag string) {
		id := w.aPerson("sekar", tag, "")
		by := By{Actor: event.Actor{User: id, Via: event.Web}, Seen: Whatever, Why: "ganti ponsel"}
		_, err := w.SetPassword(w.ctx, by, encoded, "")
		w.ok(err)
		_, err = w.SetSecondFactor(w.ctx, by, "JBSWY3DPEHPK3PXP", "")
		w.ok(err)
		_, err = w.RemoveSecondFactor(w.ctx, by, id)
		w.ok(err)
	}},
	{[]string{"grant-requested", "grant-given", "grant-confirmed", "grant-refused", "grant-ended"}, func(w *town, tag string) {
		office := w.anOffice("Dinsos Hak " + tag)
		today := registry.DayOf(*w.now)
		ask := func(name string, role access.Role) string {
			grant, _, err := w.RequestGrant(w.ctx, consoleOf("mesin"), access.Grant{User: w.aPerson(name, tag, office), Role: role, Region: "3510", Organisation: office, Period: registry.Period{From: today, Until: today.Add(364)}})
			w.ok(err)
			return grant
		}
		given := ask("laras", access.Analyst)
		_, err := w.ConfirmGrant(w.ctx, consoleOf("lain"), ask("fajar", access.OutputChecker))
		w.ok(err)
		_, err = w.RefuseGrant(w.ctx, consoleOf("lain"), ask("ratna", access.Administrator))
		w.ok(err)
		_, err = w.EndGrant(w.ctx, consoleOf("mesin"), given)
		w.ok(err)
	}},
	{[]string{"token-made", "token-ended"}, func(w *town, tag string) {
		id, _, _, err := w.MakeToken(w.ctx, consoleOf("mesin"), w.aPerson("papan", tag, ""), ReadScope, registry.DayOf(*w.now).Add(90))
		w.ok(err)
		_, err = w.EndToken(w.ctx, consoleOf("mesin"), id)
		w.ok(err)
	}},
	{[]string{"backup-begun", "backup-restored"}, func(w *town, tag string) {
		made, err := w.Backup(w.ctx, keeper, filepath.Join(w.t.TempDir(), "cadangan-"+tag+".tar.gz"))
		w.ok(err)
		var id string
		w.ok(w.View(w.ctx, func(r *Reader) error {
			all, err := Backups.Select(r, "ORDER BY seq DESC LIMIT 1")
			if len(all) == 1 {
				id = all[0].ID
			}
			return err
		}))
		// As in a record that came of it, which would be another log.
		_, err = w.noteRestored(w.ctx, keeper, Manifest{ID: id, Head: made.Head.String()})
		w.ok(err)
	}},
	{[]string{"rows-shown", "look-refused"}, func(w *town, tag string) {
		l := aLook()
		l.User, l.Study = w.aPerson("rano", tag, ""), "studi-"+tag
		by := event.Actor{User: l.User, Via: event.Web}
		_, err := w.NoteLook(w.ctx, by, l)
		w.ok(err)
		l.Outcome, l.Refusal, l.Rows, l.Columns, l.Regions = access.LookRefused, "scope-no-permit", 0, nil, nil
		_, err = w.NoteLook(w.ctx, by, l)
		w.ok(err)
	}},
	{[]string{
		"programme-registered", "programme-ended", "dataset-registered", "dataset-version-registered", "dataset-withdrawn",
		"study-registered", "study-permit-named", "study-stopped", "study-data-withdrawn",
	}, func(w *town, tag string) {
		office := w.anOffice("Dinsos Daftar " + tag)
		steward, researcher := w.by(w.aPersonWith(access.DataSteward, "laras", tag, office), "uji"), w.by(w.aPersonWith(access.Analyst, "bayu", tag, office), "uji")
		programme, _, err := w.RegisterProgramme(w.ctx, researcher, registry.Programme{Owner: office, Names: registry.Words{ID: "Program contoh " + tag, EN: "Example programme " + tag}, Period: registry.Period{From: "2024-01-01"}})
		w.ok(err)
		rows := registry.Dataset{Owner: office, Name: "Data contoh " + tag, Class: registry.PersonalData, Programmes: []string{programme}, Regions: []string{"3510"},
			Columns: []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}}}
		dataset, _, err := w.RegisterDataset(w.ctx, steward, rows)
		w.ok(err)
		seat, _, err := w.CreatePosition(w.ctx, consoleOf("mesin"), registry.Position{Organisation: office, Title: "Peneliti " + tag, Period: registry.Period{From: "2026-01-01"}})
		w.ok(err)
		id, _, err := w.RegisterStudy(w.ctx, researcher, study.Study{Title: "Studi contoh", Position: seat, User: researcher.Actor.User, Purpose: "evaluation", Programmes: []string{programme}, Agreement: "pks-" + tag})
		w.ok(err)
		for _, do := range []func() (event.Event, error){
			func() (event.Event, error) { return w.NewDatasetVersion(w.ctx, steward, dataset, rows) },
			func() (event.Event, error) { return w.WithdrawDataset(w.ctx, steward, dataset) },
			func() (event.Event, error) {
				return w.NameStudyPermit(w.ctx, researcher, id, "pks-"+tag, "izin-"+tag)
			},
			func() (event.Event, error) { return w.StopStudyByRule(w.ctx, id, "", "perjanjian berakhir") },
			func() (event.Event, error) {
				return w.WithdrawStudyDataByRule(w.ctx, id, "perjanjian berakhir 90 hari lalu")
			},
			func() (event.Event, error) {
				return w.EndProgramme(w.ctx, researcher, programme, registry.DayOf(*w.now))
			},
		} {
			_, err := do()
			w.ok(err)
		}
	}},
	{[]string{"dataset-version-staged", "dataset-version-accepted", "dataset-version-withdrawn"}, func(w *town, tag string) {
		office := w.anOffice("Dinsos Impor " + tag)
		maker, checker := w.by(w.aPersonWith(access.DataSteward, "ratih", tag, office), "uji"), w.by(w.aPersonWith(access.DataSteward, "galih", tag, office), "uji")
		hash, _, err := w.Contents().Put(w.ctx, strings.NewReader(goldenContent))
		w.ok(err)
		columns := []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}}
		dataset, _, err := w.RegisterDataset(w.ctx, maker, registry.Dataset{Owner: office, Name: "Data impor " + tag, Class: registry.PersonalData, Regions: []string{"3510"}, Columns: columns})
		w.ok(err)
		v := registry.DatasetVersion{Rows: 40, Rejected: 2, File: "penerima.csv", SHA256: hash, Content: hash, Contract: hash, Quality: hash, Class: registry.PersonalData,
			Columns: append(columns, registry.Column{Name: "nik", Words: registry.Words{ID: "NIK", EN: "NIK"}}), Keys: []registry.PseudonymKey{{Column: "nik", Number: 1, ID: "contoh"}},
			Purpose: "uji", LegalBasis: "perjanjian contoh", Retention: "2031-12-31"}
		number, _, err := w.StageDatasetVersion(w.ctx, maker, dataset, v)
		w.ok(err)
		_, err = w.AcceptDatasetVersion(w.ctx, checker, dataset, number)
		w.ok(err)
		_, err = w.WithdrawDatasetVersion(w.ctx, checker, dataset, number)
		w.ok(err)
	}},
	{[]string{"dataset-person-erased", "dataset-versions-expired"}, func(w *town, tag string) {
		office := w.anOffice("Dinsos Hapus " + tag)
		maker, checker := w.by(w.aPersonWith(access.DataSteward, "laras", tag, office), "uji"), w.by(w.aPersonWith(access.DataSteward, "bimo", tag, office), "permintaan 7/2026")
		put := func(text string) string {
			hash, _, err := w.Contents().Put(w.ctx, strings.NewReader(text))
			w.ok(err)
			return hash
		}
		kept := put(goldenContent)
		columns := []registry.Column{{Name: "nik", Words: registry.Words{ID: "NIK", EN: "NIK"}}}
		v := registry.DatasetVersion{Rows: 40, File: "penerima.csv", SHA256: kept, Content: put("baris lama " + tag), Contract: kept, Quality: kept, Class: registry.PersonalData,
			Columns: columns, Keys: []registry.PseudonymKey{{Column: "nik", Number: 1, ID: "contoh"}},
			Purpose: "uji", LegalBasis: "perjanjian contoh", Retention: registry.DayOf(*w.now), Regions: []string{"3510"}, First: "2024", Last: "2025-03", Coverage: kept}
		dataset, number, _, err := w.RegisterDatasetWith(w.ctx, maker, registry.Dataset{Owner: office, Name: "Data hapus " + tag, Class: registry.PersonalData, Regions: []string{"3510"}, Columns: columns}, v)
		w.ok(err)
		_, err = w.AcceptDatasetVersion(w.ctx, checker, dataset, number)
		w.ok(err)
		_, err = w.ErasePerson(w.ctx, checker, dataset, func(context.Context, registry.DatasetVersion) (registry.Rewritten, error) {
			return registry.Rewritten{Removed: 2, Cells: 1, Rows: 38, Content: put("baris sisa " + tag), Regions: v.Regions, First: v.First, Last: v.Last, Coverage: kept}, nil
		})
		w.ok(err)
		*w.now = w.now.AddDate(0, 0, 2)
		w.ok(w.ExpireVersions(w.ctx))
	}},
	{[]string{"backup-removed"}, func(w *town, tag string) {
		_, err := w.Backup(w.ctx, keeper, filepath.Join(w.t.TempDir(), "cadangan-"+tag+".tar.gz"))
		w.ok(err)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			all, err := Backups.Select(r, "ORDER BY seq DESC LIMIT 1")
			tag = all[0].ID
			return err
		}))
		w.ok(w.noteRemoved(w.ctx, tag, backupOld))
	}},
	{[]string{"notice-sent", "anchor-sent", "notices-read", "digest-sent"}, func(w *town, tag string) {
		office, _, err := w.RegisterOrganisation(w.ctx, consoleOf("mesin"), registry.Organisation{Kind: registry.ProvinceOffice, Region: "35", Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Dinas Sosial Provinsi Jawa Timur " + tag, Short: "Dinsos Jatim " + tag}}})
		w.ok(err)
		seat, _, err := w.CreatePosition(w.ctx, consoleOf("mesin"), registry.Position{Organisation: office, Title: "Kepala Dinas", Period: registry.Period{From: "2026-01-01"}})
		w.ok(err)
		head := w.aPerson("dewi", tag, office)
		_, err = w.BeginHolding(w.ctx, consoleOf("mesin"), seat, registry.Holding{User: head, Capacity: event.Definitive, Period: registry.Period{From: "2026-01-05"}})
		w.ok(err)
		*w.now = w.now.AddDate(0, 0, 7) // a week that has no anchor yet
		w.anchor(true)
		_, err = w.Notify(w.ctx, notice.Due{Key: "uji/" + tag, Notice: notice.Notice{To: notice.Ref{Kind: positionKind, ID: seat}, Kind: notice.HoldingEnding,
			About: notice.Ref{Kind: positionKind, ID: seat}, Values: notice.Values{"last": "2026-12-31", "left": 30}}})
		w.ok(err)
		w.ok(w.QueueDigests(w.ctx))
		for d, ok, err := w.TakeDigest(w.ctx); ok || err != nil; d, ok, err = w.TakeDigest(w.ctx) {
			w.ok(err)
			w.ok(w.DigestSent(w.ctx, d))
		}
		_, err = w.MarkRead(w.ctx, By{Actor: event.Actor{User: head, Via: event.Web}}, "")
		w.ok(err)
	}},
	{typeNames(agreementRoom{}, permitRoom{}), cooperationScene},
	{[]string{
		"study-drafted", "study-edited", "study-locked", "study-amended", "study-withdrawn",
		"run-queued", "run-answered", "run-cancelled", "run-failed", "run-shut",
		"run-release-requested", "run-release-questioned", "run-release-answered", "run-release-refused", "run-released",
		"finding-proposed", "finding-edited", "finding-released", "finding-superseded", "finding-withdrawn",
	}, studyScene},
	{[]string{"programme-proposed", "programme-edited", "programme-started", "programme-dropped"}, programmeScene},
	{[]string{"figures-staged", "figures-accepted", "figures-withdrawn"}, figureScene},
	{[]string{"statistics-recorded"}, func(w *town, tag string) {
		office := w.anOffice("Dinsos Angka " + tag)
		steward := w.by(w.aPersonWith(access.DataSteward, "endah", tag, office), "uji")
		for i, rows := range goldenFigures {
			_, _, err := w.RecordStatistics(w.ctx, steward, registry.StatisticBatch{Owner: office, Source: "BPS, tabel contoh", Release: registry.Day("2026-06-30").Add(i)}, rows)
			w.ok(err)
		}
	}},
	{[]string{"record-marked-example"}, func(w *town, _ string) {
		_, err := w.MarkExample(w.ctx, consoleOf("mesin"))
		w.ok(err)
	}},
}

// anOffice registers an office of a kabupaten.
func (w *town) anOffice(short string) string {
	id, _, err := w.RegisterOrganisation(w.ctx, consoleOf("mesin"), registry.Organisation{Kind: registry.RegencyOffice, Region: "3510", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Dinas Sosial Kabupaten Banyuwangi (" + short + ")", Short: short}}})
	w.ok(err)
	return id
}

// aPerson adds a user who has joined.
func (w *town) aPerson(name, tag, office string) string {
	id, token, _, err := w.AddUser(w.ctx, consoleOf("mesin"), access.User{Name: strings.ToUpper(name[:1]) + name[1:], Email: name + tag + "@contoh.example", Language: "id", Organisation: office})
	w.ok(err)
	_, err = w.Accept(w.ctx, event.Web, token, encoded)
	w.ok(err)
	return id
}

// aPersonWith adds a user with a role at an office, in the whole country for none,
// and gives the name by which By knows them.
func (w *town) aPersonWith(role access.Role, name, tag, office string) string {
	name += tag
	w.ids[name] = w.aPerson(name, "", office)
	region := registry.Nation
	if office != "" {
		region = "3510"
	}
	today := registry.DayOf(*w.now)
	grant, e, err := w.RequestGrant(w.ctx, consoleOf("mesin"), access.Grant{User: w.ids[name], Role: role, Region: region, Organisation: office, Period: registry.Period{From: today, Until: today.Add(364)}})
	w.ok(err)
	if e.Type == "grant-requested" {
		_, err = w.ConfirmGrant(w.ctx, consoleOf("lain"), grant)
		w.ok(err)
	}
	return name
}
