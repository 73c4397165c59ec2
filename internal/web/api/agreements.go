package api

import (
	"context"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// AgreementLine is an agreement as a list shows it, as it stands now.
type AgreementLine struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Parent   string            `json:"parent"`
	Amends   string            `json:"amends"`
	About    string            `json:"about"`
	State    string            `json:"state" enum:"draft,proposed,signed,active,amended,expired,terminated"`
	Parties  []Party           `json:"parties"`
	From     string            `json:"from"`
	Until    string            `json:"until"`
	Opens    Words             `json:"opens"`
	Names    map[string]string `json:"names"`
	Revision int64             `json:"revision"`
	Example  bool              `json:"example"`
}

// Agreement is one agreement, as it stands now.
type Agreement struct {
	AgreementLine
	Place           string        `json:"place"`
	Day             string        `json:"day"`
	Considerations  []string      `json:"considerations"`
	LegalBases      []string      `json:"legal_bases"`
	Articles        []Article     `json:"articles"`
	Scope           Scope         `json:"scope"`
	Open            *Scope        `json:"open,omitempty"`
	Terms           Terms         `json:"terms"`
	Documents       []File        `json:"documents"`
	Frozen          *Frozen       `json:"frozen,omitempty"`
	Signatures      []Signature   `json:"signatures"`
	Spent           []SpentNumber `json:"spent"`
	ReleasableUntil string        `json:"releasable_until"`
	Addenda         []string      `json:"addenda"`
	Terminated      *Termination  `json:"terminated,omitempty"`
	Destroyed       *Destruction  `json:"destroyed,omitempty"`
	Drafted         Did           `json:"drafted"`
	Commands        []string      `json:"commands"`
}

// Party is a party of an agreement with the position that signs for it and its
// own number.
type Party struct {
	Organisation string        `json:"organisation"`
	Position     string        `json:"position"`
	Number       *OfficeNumber `json:"number,omitempty"`
}

// Article is a Pasal.
type Article struct {
	Title      string   `json:"title" maxLength:"1000"`
	Paragraphs []string `json:"paragraphs" maxItems:"200"`
}

// Terms are periods that the parties settle, in days.
type Terms struct {
	SilenceDays int `json:"silence_days" minimum:"0" maximum:"60"`
	ReleaseDays int `json:"release_days" minimum:"0" maximum:"3650"`
	ReportDays  int `json:"report_days" minimum:"1" maximum:"3650"`
}

// Frozen is the text as it was put before the parties.
type Frozen struct {
	Did
	SHA256 string `json:"sha256"`
	Text   string `json:"text"`
}

// Signature records that a party has signed, outside the program.
type Signature struct {
	Organisation string `json:"organisation"`
	Way          string `json:"way" enum:"paper,certified"`
	User         string `json:"user"`
	Position     string `json:"position"`
	Capacity     string `json:"capacity"`
	Mandate      string `json:"mandate_number"`
	Day          string `json:"day"`
	Originals    int    `json:"originals"`
	Meterai      bool   `json:"meterai"`
	Issuer       string `json:"issuer"`
	File         File   `json:"scan"`
	Text         string `json:"sha256"`
	Recorded     Did    `json:"recorded"`
	Checked      *Did   `json:"checked,omitempty"`
}

// SpentNumber is a number that an office used for an earlier wording.
type SpentNumber struct {
	Organisation string       `json:"organisation"`
	Number       OfficeNumber `json:"number"`
}

// Termination ended an agreement early; it is out of force from the day on.
type Termination struct {
	Did
	Day    string `json:"day"`
	Reason string `json:"reason"`
}

// Destruction says what became of the data after the end.
type Destruction struct {
	Did
	Day  string `json:"day"`
	What string `json:"what"`
	Who  string `json:"who"`
	How  string `json:"how"`
	File *File  `json:"minutes,omitempty"`
}

// offices names organisations as they are called today.
func (c caller) offices(r *store.Reader, ids []string) (map[string]string, error) {
	all, err := store.OrganisationsNamed(r, ids)
	names := map[string]string{}
	for _, o := range all {
		names[o.ID] = o.NameOn(c.today()).Full
	}
	return names, err
}

func (c caller) agreementLine(b cooperation.Bound, names map[string]string, revision int64) AgreementLine {
	a, days, opens := b.Agreement, b.PeriodAt(c.At), b.Agreement.Scope
	if b.InForce(c.At) {
		opens = b.ScopeAt(c.At)
	}
	out := AgreementLine{ID: a.ID, Kind: a.Kind, Parent: a.Parent, Amends: a.Amends, About: a.About, State: b.StateAt(c.At), From: string(days.From), Until: string(days.Until),
		Opens: inBoth(opens.Words), Parties: []Party{}, Names: map[string]string{}, Revision: revision, Example: c.example}
	for _, p := range a.Parties {
		out.Parties = append(out.Parties, Party{p.Organisation, p.Position, numberOf(p.Number)})
		out.Names[p.Organisation] = names[p.Organisation]
	}
	return out
}

func (c caller) agreement(b cooperation.Bound, line AgreementLine, commands []string) Agreement {
	a := b.Agreement
	out := Agreement{AgreementLine: line, Commands: commands, Place: a.Place, Day: string(a.Day), Considerations: texts(a.Considerations), LegalBases: texts(a.LegalBases), Articles: []Article{},
		Scope: scopeOf(a.Scope), Terms: Terms(b.TermsAt(c.At)), Documents: filesOf(a.Documents), Signatures: []Signature{}, Spent: []SpentNumber{},
		ReleasableUntil: string(b.ReleasableUntil(c.At)), Addenda: []string{}, Drafted: didOf(a.Drafted)}
	if b.InForce(c.At) {
		open := scopeOf(b.ScopeAt(c.At))
		out.Open = &open
	}
	for _, x := range a.Articles {
		out.Articles = append(out.Articles, Article{x.Title, texts(x.Paragraphs)})
	}
	if f := a.Frozen; f != nil {
		out.Frozen = &Frozen{didOf(f.Mark), f.SHA256, f.Text.Plain()}
	}
	for _, s := range a.Signatures {
		out.Signatures = append(out.Signatures, Signature{s.Organisation, string(s.Way), s.User, s.Position, string(s.Capacity), s.Mandate, string(s.Day),
			s.Originals, s.Meterai, s.Issuer, File(s.File), s.Text, didOf(s.Recorded), didOrNot(s.Checked)})
	}
	for _, s := range a.Spent {
		out.Spent = append(out.Spent, SpentNumber{s.Organisation, *numberOf(&s.Number)})
	}
	for _, x := range b.Addenda {
		out.Addenda = append(out.Addenda, x.ID)
	}
	if t := a.Terminated; t != nil {
		out.Terminated = &Termination{didOf(t.Mark), string(t.Day), t.Reason}
	}
	if d := a.Destroyed; d != nil {
		out.Destroyed = &Destruction{didOf(d.Mark), string(d.Day), d.What, d.Who, d.How, fileOf(d.File)}
	}
	return out
}

// signers are the users that an agreement names.
func signers(a cooperation.Agreement) []string {
	all := []string{a.Drafted.User}
	for _, s := range a.Signatures {
		all = append(all, s.User, s.Recorded.User)
		if s.Checked != nil {
			all = append(all, s.Checked.User)
		}
	}
	if a.Frozen != nil {
		all = append(all, a.Frozen.User)
	}
	if a.Terminated != nil {
		all = append(all, a.Terminated.User)
	}
	if a.Destroyed != nil {
		all = append(all, a.Destroyed.User)
	}
	return all
}

// AgreementFilter picks agreements, the newest first. Region: their scope is in it,
// around it or the same. Waiting: a signature waits for the caller, to be recorded
// or checked.
type AgreementFilter struct {
	Paging
	State        string `query:"state" enum:"draft,proposed,signed,active,amended,expired,terminated"`
	Kind         string `query:"kind" maxLength:"40"`
	Region       string `query:"region" maxLength:"20"`
	Organisation string `query:"organisation" maxLength:"200"`
	Parent       string `query:"parent" maxLength:"200"`
	Waiting      bool   `query:"waiting"`
}

// stageOf gives how far the papers of an agreement in a state are, where the state
// tells.
var stageOf = map[string]string{
	cooperation.AgreementDraft: cooperation.AgreementDraft, cooperation.AgreementProposed: cooperation.AgreementProposed,
	cooperation.AgreementActive: cooperation.StageConcluded, cooperation.AgreementAmended: cooperation.StageConcluded,
	cooperation.AgreementExpired: cooperation.StageConcluded, cooperation.AgreementTerminated: cooperation.StageConcluded,
}

func (f AgreementFilter) keeps(c caller, b cooperation.Bound) bool {
	a := b.Agreement
	_, party := a.Party(f.Organisation)
	return (f.State == "" || f.State == b.StateAt(c.At)) && (f.Organisation == "" || party) && (f.Parent == "" || f.Parent == a.Parent || f.Parent == a.Amends) && (f.Kind == "" || f.Kind == a.Kind) && (f.Region == "" ||
		slices.ContainsFunc(a.Scope.Regions, func(r string) bool { return registry.Within(r, f.Region) || registry.Within(f.Region, r) }))
}

// bounds reads a list of agreements with what they depend on.
func bounds(r *store.Reader, c caller, f AgreementFilter) func(store.Page) ([]cooperation.Bound, error) {
	grounds := store.GroundsIn(r)
	return func(p store.Page) ([]cooperation.Bound, error) {
		var all []cooperation.Agreement
		var err error
		if f.Waiting {
			all, err = signaturesWaiting(r, c, p)
		} else {
			all, err = store.Agreements(r, c.Standing, store.AgreementFilter{Stage: stageOf[f.State], Party: f.Organisation, Above: f.Parent}, p)
		}
		if err != nil {
			return nil, err
		}
		out := make([]cooperation.Bound, len(all))
		for i, a := range all {
			g, err := grounds.Of(a.ID)
			if err != nil {
				return nil, err
			}
			out[i] = g.Agreement
		}
		return out, nil
	}
}

// signaturesWaiting is a piece of the agreements with a signature that waits for
// the caller.
func signaturesWaiting(r *store.Reader, c caller, p store.Page) ([]cooperation.Agreement, error) {
	waits, err := store.SignaturesWaiting(r, c.Standing, 0)
	var all []cooperation.Agreement
	for _, w := range waits {
		all = append(all, w.Agreement)
	}
	all = newestFirst(all, func(a cooperation.Agreement) string { return a.ID }, p.After)
	return all[:min(p.Most, len(all))], err
}

// PartyAsked is a party that a draft names.
type PartyAsked struct {
	Organisation string `json:"organisation" maxLength:"200"`
	Position     string `json:"position,omitempty" maxLength:"200"`
}

// Content is what the parties agree on.
type Content struct {
	About          string       `json:"about" maxLength:"2000"`
	Place          string       `json:"place,omitempty" maxLength:"1000"`
	Day            OpenDay      `json:"day,omitempty"`
	Parties        []PartyAsked `json:"parties" maxItems:"20"`
	Considerations []string     `json:"considerations" maxItems:"200"`
	LegalBases     []string     `json:"legal_bases" maxItems:"200"`
	Articles       []Article    `json:"articles" maxItems:"200"`
	Scope          Scope        `json:"scope"`
	Terms          *Terms       `json:"terms,omitempty"`
}

func (c Content) content() cooperation.Content {
	out := cooperation.Content{About: c.About, Place: c.Place, Day: registry.Day(c.Day), Considerations: c.Considerations, LegalBases: c.LegalBases, Scope: c.Scope.scope(),
		Terms: cooperation.DefaultTerms()}
	for _, p := range c.Parties {
		out.Parties = append(out.Parties, cooperation.Party{Organisation: p.Organisation, Position: p.Position})
	}
	for _, a := range c.Articles {
		out.Articles = append(out.Articles, cooperation.Article(a))
	}
	if c.Terms != nil {
		out.Terms = cooperation.Terms(*c.Terms)
	}
	return out
}

// DraftAgreement makes an agreement, under the parent or changing it.
type DraftAgreement struct {
	Kind   string `json:"kind" maxLength:"40"`
	Parent string `json:"parent,omitempty" maxLength:"200"`
	Content
	Given
}

// EditAgreement changes what an agreement says: a frozen text and its signatures
// are dropped.
type EditAgreement struct {
	Content
	OnObject
}

// AttachDocument brings a document.
type AttachDocument struct {
	File Upload `json:"file"`
	OnObject
}

// DetachDocument takes a document out.
type DetachDocument struct {
	SHA256 string `json:"sha256" maxLength:"64"`
	OnObject
}

// IssueNumber enters the number that a party's office gave.
type IssueNumber struct {
	Organisation string `json:"organisation" maxLength:"200"`
	Number       string `json:"number" maxLength:"200"`
	Day          string `json:"day" format:"date"`
	OnObject
}

// RecordSignature records that a party has signed the frozen text.
type RecordSignature struct {
	Organisation string `json:"organisation" maxLength:"200"`
	Way          string `json:"way" enum:"paper,certified"`
	User         string `json:"user" maxLength:"200"`
	Day          string `json:"day" format:"date"`
	Originals    int    `json:"originals,omitempty" minimum:"0" maximum:"100"`
	Meterai      bool   `json:"meterai,omitempty"`
	Issuer       string `json:"issuer,omitempty" maxLength:"1000"`
	Text         string `json:"text" minLength:"64" maxLength:"64"`
	File         Upload `json:"file"`
	OnObject
}

// OnParty is a command on what a party has done.
type OnParty struct {
	Organisation string `json:"organisation" maxLength:"200"`
	OnObject
}

// Terminate ends an agreement: day is the first on which it is out of force.
type Terminate struct {
	Day string `json:"day" format:"date"`
	OnObject
}

// RecordDestruction records what became of the data after the end.
type RecordDestruction struct {
	Day  string  `json:"day" format:"date"`
	What string  `json:"what" maxLength:"10000"`
	Who  string  `json:"who" maxLength:"1000"`
	How  string  `json:"how" maxLength:"10000"`
	File *Upload `json:"file,omitempty"`
	OnObject
}

func (d *door) agreements() {
	const noun = "agreements"
	shelf[AgreementFilter, cooperation.Bound, AgreementLine]{
		noun: noun, kind: agreementKind, right: access.AgreementRead, pieces: bounds,
		id:   func(b cooperation.Bound) string { return b.Agreement.ID },
		keep: func(c caller, f AgreementFilter, b cooperation.Bound) bool { return f.keeps(c, b) },
		show: func(c caller, r *store.Reader, all []cooperation.Bound) (func(cooperation.Bound, int64) AgreementLine, error) {
			var ids []string
			for _, b := range all {
				for _, p := range b.Agreement.Parties {
					ids = append(ids, p.Organisation)
				}
			}
			names, err := c.offices(r, ids)
			return func(b cooperation.Bound, revision int64) AgreementLine { return c.agreementLine(b, names, revision) }, err
		},
	}.list(d)
	read(d, reading(noun, agreementKind, true, false, access.AgreementRead), func(r *store.Reader, c caller, id string) (Agreement, error) {
		b, _, err := store.BoundOf(r, id)
		if err != nil {
			return Agreement{}, err
		}
		last, err := r.Last(event.Object{Kind: agreementKind, ID: id})
		if err != nil {
			return Agreement{}, err
		}
		words, err := store.AgreementNames(r, b, c.At)
		if err != nil {
			return Agreement{}, err
		}
		names, err := flat(r, words, signers(b.Agreement))
		line := c.agreementLine(b, words.Organisations, last.Seq)
		line.Names = names
		commands := slices.DeleteFunc(c.commandsAt(agreementKind, line.State, c.object, ""), func(command string) bool {
			return !c.OffersAgreement(b.Agreement, c.object, command)
		})
		return c.agreement(b, line, commands), err
	})
	d.documents(noun, agreementKind, access.AgreementRead, func(r *store.Reader, id string) ([]cooperation.File, error) {
		a, _, err := store.AgreementOf(r, id)
		return a.Files(), err
	})

	example := OnObject{Seen{12}, Given{Why: "rapat koordinasi 21 September 2023"}}
	content := Content{
		About: "Penelitian Dampak Bantuan Sosial di Jawa Timur", Place: "Surabaya", Day: "2023-09-21", Parties: []PartyAsked{{someID, someID}, {someID, someID}},
		Considerations: []string{"bahwa dampak bantuan sosial perlu diketahui"}, LegalBases: []string{"Undang-Undang Nomor 11 Tahun 2009 tentang Kesejahteraan Sosial"},
		Articles: []Article{{"Tujuan", []string{"Mengetahui dampak bantuan sosial."}}},
		Scope:    Scope{[]string{someID}, []string{"35"}, []Columns{{someID, []string{"*"}}}, []string{"evaluation"}, "2023-09-21", "2028-09-20"}, Terms: &Terms{5, 90, 30},
	}
	create(d, commanding(noun, agreementKind, "draft", true), DraftAgreement{"pks", someID, content, example.Given},
		func(ctx context.Context, by store.By, b DraftAgreement) (string, event.Event, error) {
			return d.record.DraftAgreement(ctx, by, b.Kind, b.Parent, b.content())
		})
	act(d, commanding(noun, agreementKind, "edit", false), EditAgreement{content, example}, func(ctx context.Context, by store.By, id string, b EditAgreement) (event.Event, error) {
		return d.record.EditAgreement(ctx, by, id, b.content())
	})
	act(d, commanding(noun, agreementKind, "attach", false).bringing(), AttachDocument{someFile, example}, func(ctx context.Context, by store.By, id string, b AttachDocument) (event.Event, error) {
		f, err := d.keep(ctx, &b.File)
		if err != nil {
			return event.Event{}, err
		}
		return d.record.AttachToAgreement(ctx, by, id, *f)
	})
	act(d, commanding(noun, agreementKind, "detach", false), DetachDocument{someHash, example}, func(ctx context.Context, by store.By, id string, b DetachDocument) (event.Event, error) {
		return d.record.DetachFromAgreement(ctx, by, id, b.SHA256)
	})
	act(d, commanding(noun, agreementKind, "propose", false).holding(), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
		return d.record.ProposeAgreement(ctx, by, id)
	})
	act(d, commanding(noun, agreementKind, "issue-number", false), IssueNumber{someID, "400.9/1542/107.5/2023", "2023-09-21", example},
		func(ctx context.Context, by store.By, id string, b IssueNumber) (event.Event, error) {
			return d.record.IssueAgreementNumber(ctx, by, id, b.Organisation, cooperation.Number{Text: b.Number, Day: registry.Day(b.Day)})
		})
	act(d, commanding(noun, agreementKind, "record-signature", false).bringing(),
		RecordSignature{Organisation: someID, Way: "paper", User: someID, Day: "2023-09-21", Originals: 2, Meterai: true, Text: someHash, File: Upload{"naskah.pdf", "JVBERi0xLjcK"}, OnObject: example},
		func(ctx context.Context, by store.By, id string, b RecordSignature) (event.Event, error) {
			f, err := d.keep(ctx, &b.File)
			if err != nil {
				return event.Event{}, err
			}
			return d.record.RecordSignature(ctx, by, id, cooperation.Signature{Organisation: b.Organisation, Way: cooperation.Way(b.Way), User: b.User,
				Day: registry.Day(b.Day), Originals: b.Originals, Meterai: b.Meterai, Issuer: b.Issuer, File: *f, Text: b.Text})
		})
	for command, do := range map[string]func(context.Context, store.By, string, string) (event.Event, error){
		"check-signature": d.record.CheckSignature, "refuse-signature": d.record.RefuseSignature,
	} {
		act(d, commanding(noun, agreementKind, command, false), OnParty{someID, example}, func(ctx context.Context, by store.By, id string, b OnParty) (event.Event, error) {
			return do(ctx, by, id, b.Organisation)
		})
	}
	act(d, commanding(noun, agreementKind, "terminate", false), Terminate{"2026-12-31", example}, func(ctx context.Context, by store.By, id string, b Terminate) (event.Event, error) {
		return d.record.TerminateAgreement(ctx, by, id, registry.Day(b.Day))
	})
	act(d, commanding(noun, agreementKind, "record-destruction", false).bringing(),
		RecordDestruction{"2026-12-31", "semua salinan data terbatas", "B2P3KS", "penghapusan kunci enkripsi", &someFile, example},
		func(ctx context.Context, by store.By, id string, b RecordDestruction) (event.Event, error) {
			f, err := d.keep(ctx, b.File)
			if err != nil {
				return event.Event{}, err
			}
			return d.record.RecordDestruction(ctx, by, id, cooperation.Destruction{Day: registry.Day(b.Day), What: b.What, Who: b.Who, How: b.How, File: f})
		})
}
