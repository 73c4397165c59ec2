package api

import (
	"context"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Request is what the centre asks for. It may have gaps until it is submitted.
type Request struct {
	Study       string       `json:"study" maxLength:"200"`
	Agreement   string       `json:"agreement" maxLength:"200"`
	Institution string       `json:"institution" maxLength:"200"`
	Kind        string       `json:"kind" enum:",data,field-work"`
	Title       string       `json:"title" maxLength:"2000"`
	Aims        string       `json:"aims,omitempty" maxLength:"10000"`
	Method      string       `json:"method,omitempty" maxLength:"10000"`
	Field       string       `json:"field_of_science,omitempty" maxLength:"1000"`
	Status      string       `json:"study_status,omitempty" enum:",new,continued"`
	Responsible *Responsible `json:"responsible,omitempty"`
	Members     []string     `json:"members,omitempty" maxItems:"200"`
	Purpose     string       `json:"purpose,omitempty" maxLength:"40"`
	Programmes  []string     `json:"programmes,omitempty" maxItems:"500"`
	Regions     []string     `json:"regions,omitempty" maxItems:"600"`
	Datasets    []Columns    `json:"datasets,omitempty" maxItems:"200"`
	From        OpenDay      `json:"from,omitempty"`
	Until       OpenDay      `json:"until,omitempty"`
	Sample      string       `json:"sample,omitempty" maxLength:"10000"`
	AsksPeople  bool         `json:"asks_people,omitempty"`
	Makes       string       `json:"makes,omitempty" maxLength:"1000"`
}

func (b Request) request() cooperation.Request {
	r := cooperation.Request{Study: b.Study, Agreement: b.Agreement, Institution: b.Institution, Kind: cooperation.PermitKind(b.Kind), Title: b.Title, Aims: b.Aims, Method: b.Method,
		Field: b.Field, Status: b.Status, Members: b.Members, Purpose: b.Purpose, Programmes: b.Programmes, Regions: b.Regions, Datasets: columns(b.Datasets),
		Period: period(b.From, b.Until), Sample: b.Sample, AsksPeople: b.AsksPeople, Makes: b.Makes}
	if b.Responsible != nil {
		r.Responsible = cooperation.Researcher(*b.Responsible)
	}
	return r
}

// DraftPermit makes a permit.
type DraftPermit struct {
	Request
	Given
}

// EditPermit replaces the request.
type EditPermit struct {
	Request
	OnObject
}

// AttachToRequest brings a document of a request, in place of the one of its kind.
type AttachToRequest struct {
	Kind string `json:"kind" enum:"centre-letter,terms-of-reference,integrity-pact,confidentiality,instrument,ethics"`
	File Upload `json:"file"`
	OnObject
}

// FileReport brings the report of use; why is a few words on it.
type FileReport struct {
	File Upload `json:"file"`
	OnObject
}

// Answer is what an office says as one of the chain: number and document of its
// own letter, where it has one. The office is that of the acting position, and why
// is the reason.
type Answer struct {
	Number *OfficeNumber `json:"number,omitempty"`
	File   *Upload       `json:"file,omitempty"`
	OnObject
}

// Recommend advises, for the province without a region.
type Recommend struct {
	Region  string `json:"region,omitempty" maxLength:"20"`
	Against bool   `json:"against,omitempty"`
	Answer
}

// AnswerRegion is an answer about one region.
type AnswerRegion struct {
	Region string `json:"region" maxLength:"20"`
	Answer
}

// Extend gives a permit a later last day.
type Extend struct {
	Until string `json:"until" format:"date"`
	Answer
}

// IssueLetter gives out the letter, signed by the position.
type IssueLetter struct {
	Number   OfficeNumber `json:"number"`
	Position string       `json:"position" maxLength:"200"`
	OnObject
}

// said is an answer as the store takes it, its document kept.
func (d *door) said(ctx context.Context, a Answer) (store.PermitAnswer, error) {
	f, err := d.keep(ctx, a.File)
	return store.PermitAnswer{Number: a.Number.number(), File: f}, err
}

// permitCommands declares what the centre asks for and what the offices answer.
func (d *door) permitCommands() {
	const noun = "permits"
	example := OnObject{Seen{12}, Given{Why: "permohonan lengkap", ActingPosition: someID}}
	asking := OnObject{Seen{12}, Given{Why: "penelitian tahun 2026"}}
	request := Request{Study: someID, Agreement: someID, Institution: someID, Kind: "field-work", Title: "Dampak PKH Plus pada lansia", Aims: "Mengetahui dampak PKH Plus.",
		Method: "Beda-dalam-beda.", Field: "kesejahteraan sosial", Status: "new", Responsible: &Responsible{someID, someID}, Members: []string{someID}, Purpose: "evaluation",
		Programmes: []string{someID}, Regions: []string{"3507", "3573"}, Datasets: []Columns{{someID, []string{"desil", "nilai"}}}, From: "2026-01-01", Until: "2026-12-31",
		Sample: "1.200 rumah tangga, acak berlapis", AsksPeople: true, Makes: "survei lansia 2026"}
	create(d, commanding(noun, permitKind, "draft", true), DraftPermit{request, asking.Given}, func(ctx context.Context, by store.By, b DraftPermit) (string, event.Event, error) {
		return d.record.DraftPermit(ctx, by, b.request())
	})
	act(d, commanding(noun, permitKind, "edit", false), EditPermit{request, asking}, func(ctx context.Context, by store.By, id string, b EditPermit) (event.Event, error) {
		return d.record.EditPermit(ctx, by, id, b.request())
	})
	act(d, commanding(noun, permitKind, "attach", false).bringing(), AttachToRequest{"centre-letter", someFile, asking},
		func(ctx context.Context, by store.By, id string, b AttachToRequest) (event.Event, error) {
			f, err := d.keep(ctx, &b.File)
			if err != nil {
				return event.Event{}, err
			}
			return d.record.AttachToPermit(ctx, by, id, cooperation.Attachment{Kind: cooperation.AttachmentKind(b.Kind), File: *f})
		})
	act(d, commanding(noun, permitKind, "submit", false).holding(), OnlyWhy{asking}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
		return d.record.SubmitPermit(ctx, by, id)
	})
	act(d, commanding(noun, permitKind, "withdraw", false), OnlyWhy{asking}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
		return d.record.WithdrawPermit(ctx, by, id)
	})
	act(d, commanding(noun, permitKind, "file-report", false).bringing(), FileReport{someFile, asking}, func(ctx context.Context, by store.By, id string, b FileReport) (event.Event, error) {
		f, err := d.keep(ctx, &b.File)
		if err != nil {
			return event.Event{}, err
		}
		return d.record.FileReport(ctx, by, id, f)
	})

	answer := Answer{Number: &OfficeNumber{"070/215/209.4/2026", "2026-01-12"}, OnObject: example}
	type do = func(context.Context, store.By, string, store.PermitAnswer) (event.Event, error)
	for command, do := range map[string]do{
		"return": d.record.ReturnPermit, "decline": d.record.DeclinePermit, "open": d.record.OpenPermit, "revoke": d.record.RevokePermit,
		"return-report": d.record.ReturnReport, "accept-report": d.record.AcceptReport,
	} {
		act(d, commanding(noun, permitKind, command, false).bringing(), answer, func(ctx context.Context, by store.By, id string, b Answer) (event.Event, error) {
			in, err := d.said(ctx, b)
			if err != nil {
				return event.Event{}, err
			}
			return do(ctx, by, id, in)
		})
	}
	for command, do := range map[string]do{"grant-region": d.record.GrantRegion, "decline-region": d.record.DeclineRegion, "revoke-region": d.record.RevokeRegion} {
		act(d, commanding(noun, permitKind, command, false).bringing(), AnswerRegion{"3507", answer}, func(ctx context.Context, by store.By, id string, b AnswerRegion) (event.Event, error) {
			in, err := d.said(ctx, b.Answer)
			if err != nil {
				return event.Event{}, err
			}
			in.Region = b.Region
			return do(ctx, by, id, in)
		})
	}
	act(d, commanding(noun, permitKind, "recommend", false).bringing(), Recommend{Region: "3507", Answer: answer}, func(ctx context.Context, by store.By, id string, b Recommend) (event.Event, error) {
		in, err := d.said(ctx, b.Answer)
		if err != nil {
			return event.Event{}, err
		}
		in.Region, in.Against = b.Region, b.Against
		return d.record.RecommendPermit(ctx, by, id, in)
	})
	act(d, commanding(noun, permitKind, "extend", false).bringing(), Extend{"2027-06-30", answer}, func(ctx context.Context, by store.By, id string, b Extend) (event.Event, error) {
		in, err := d.said(ctx, b.Answer)
		if err != nil {
			return event.Event{}, err
		}
		return d.record.ExtendPermit(ctx, by, id, registry.Day(b.Until), in)
	})
	act(d, commanding(noun, permitKind, "issue-letter", false), IssueLetter{OfficeNumber{"070/1234/107.5/2026", "2026-01-20"}, someID, example},
		func(ctx context.Context, by store.By, id string, b IssueLetter) (event.Event, error) {
			return d.record.IssuePermitLetter(ctx, by, id, b.Position, store.PermitAnswer{Number: b.Number.number()})
		})
}
