package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

const problemType = "application/problem+json"

// Problem is the answer of everything that did not work (RFC 9457).
type Problem struct {
	Status  int      `json:"status"`
	Title   string   `json:"title"`
	Detail  string   `json:"detail"`
	Code    string   `json:"code"`
	Right   string   `json:"right,omitempty"`
	Roles   []string `json:"roles,omitempty"`
	Errors  []Wrong  `json:"errors,omitempty"`
	Changed *Changed `json:"changed,omitempty"`
	Rejects *Rejects `json:"rejects,omitempty"` // of a file that was not taken

	cause error // for the log of the program; not sent
}

// Wrong is one thing that is wrong in a request.
type Wrong struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Changed tells who has changed an object since it was seen.
type Changed struct {
	Revision int64     `json:"revision"`
	User     string    `json:"user"`
	Name     string    `json:"name"`
	At       time.Time `json:"at"`
	Event    string    `json:"event"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is the status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are those that go with the status, for huma.
func (p *Problem) GetHeaders() http.Header {
	switch p.Status {
	case http.StatusServiceUnavailable:
		return http.Header{"Retry-After": {"5"}}
	case http.StatusTooManyRequests:
		return http.Header{"Retry-After": {strconv.Itoa(int(publicWindow.Seconds()))}}
	}
	return nil
}

// ContentType is that of problems, for huma.
func (p *Problem) ContentType(string) string { return problemType }

// fieldsOf gives the field of a body for what the rooms below call otherwise.
var fieldsOf = map[string]string{
	"reason": "why", "review": "why", "mandate": "mandate.number", "mandate-date": "mandate.date", "mandate-file": "mandate.file", "absence": "absence.reason",
	"consideration": "considerations", "legal-basis": "legal_bases", "silence-days": "terms.silence_days", "release-days": "terms.release_days", "report-days": "terms.report_days",
	"number-day": "day", "document": "file", "destroyed-what": "what", "destroyed-who": "who", "destroyed-how": "how",
}

// fieldsIn are those of a kind of object alone.
var fieldsIn = map[string]map[string]string{
	agreementKind: {
		"programmes": "scope.programmes", "regions": "scope.regions", "datasets": "scope.datasets", "purposes": "scope.purposes", "from": "scope.from", "until": "scope.until", "region": "scope.regions",
	},
	datasetKind:    {"dataset": "name", "column": "columns", "column-words-id": "columns", "column-words-en": "columns"},
	statisticsKind: {"statistics-source": "source"},
	programmeKind: {
		"programme-name-id": "title.id", "programme-name-en": "title.en", "name": "title", "programme-target-id": "target.id", "programme-target-en": "target.en", "programme-rule-id": "terms.id",
		"programme-rule-en": "terms.en", "programme-run-by": "run_by", "programme-source": "source",
	},
	figuresKind: {"version-file": "file_name"},
	studyKind: {
		"study-title": "title", "study-plan": "draft.plan", "hypotheses": "draft.hypotheses", "data": "draft.data", "embargo": "draft.embargo", "clusters": "draft.setting.clusters", "observations": "draft.setting.observations",
		"detectable": "draft.setting.detectable", "study-abstract": "draft.setting.abstract", "study-intervention": "draft.setting.intervention", "study-assignment": "draft.setting.assignment", "study-ethics": "draft.setting.ethics",
	},
	runKind: {
		"study-plan": "protocol.plan", "hypotheses": "protocol.hypotheses", "data": "protocol.data", "embargo": "protocol.embargo", "memory": "limits.memory", "seconds": "limits.seconds", "threads": "limits.threads",
		"clusters": "protocol.setting.clusters", "observations": "protocol.setting.observations", "detectable": "protocol.setting.detectable",
	},
	findingKind: {"finding-sentence-id": "sentence.id", "finding-sentence-en": "sentence.en", "finding-whom": "whom", "estimate": "key"},
	permitKind:  {"number": "number.text", "number-day": "number.day", "day": "number.day", "field": "field_of_science", "status": "study_status", "period": "until"},
}

var counted = regexp.MustCompile(`^(part|articl)(?:y|e)-([0-9]+)$`)

// fieldOf gives the place of a field in the request of an operation. What a
// command finds wrong with the object and not with its body, such as what a
// request still lacks when it is submitted, is a field of the object.
func fieldOf(o operation, field string) string {
	if strings.HasPrefix(field, "query.") {
		return field
	}
	if n := counted.FindStringSubmatch(field); n != nil { // from 1, for people
		if i, err := strconv.Atoi(n[2]); err == nil {
			field = fmt.Sprintf("%s[%d]", map[string]string{"part": "parties", "articl": "articles"}[n[1]], i-1)
		}
	} else if of := fieldsIn[o.kind][field]; of != "" {
		field = of
	} else if of := fieldsOf[field]; of != "" {
		field = of
	}
	if o.whole && field != "why" {
		return o.kind + "." + field
	}
	return "body." + field
}

// failure is a problem of the catalogue as an answer.
func failure(l i18n.Lang, status int, p *problem.Problem) *Problem {
	return failureOf(operation{}, l, status, p)
}

// failureOf is failure for several problems of one operation, all of which are
// listed; the first one speaks for them.
func failureOf(o operation, l i18n.Lang, status int, all ...*problem.Problem) *Problem {
	p := all[0]
	a := &Problem{Status: status, Title: i18n.Text(l, "api.status."+strconv.Itoa(status), nil), Detail: p.Text(l), Code: p.Code, cause: p.Err}
	for _, p := range all {
		field, ok := p.Values["field"].(string)
		if ok && p.Code == "permit-no-position" {
			field = "acting_position"
		}
		if ok {
			field = fieldOf(o, field)
		}
		if ok || len(all) > 1 {
			a.Errors = append(a.Errors, Wrong{Field: field, Code: p.Code, Detail: p.Text(l)})
		}
	}
	return a
}

// statuses are those of problems that are not about the content of a body.
var statuses = map[string]int{
	"api-nobody": http.StatusUnauthorized, "api-token": http.StatusUnauthorized, "api-user-out": http.StatusUnauthorized,
	"token-over": http.StatusUnauthorized, "denied-nobody": http.StatusUnauthorized,
	"token-read-only": http.StatusForbidden, "api-token-oneself": http.StatusForbidden, "denied-own-way": http.StatusForbidden, "user-another": http.StatusForbidden,
	"user-oneself": http.StatusForbidden, "user-profile": http.StatusForbidden, "grant-own-request": http.StatusForbidden, "grant-for-oneself": http.StatusForbidden,
	"actor-position": http.StatusForbidden, "api-no-object": http.StatusNotFound, "answer-none": http.StatusNotFound, "answer-closed": http.StatusNotFound, "answer-baseline": http.StatusNotFound, "answer-no-baseline": http.StatusNotFound, "run-baseline-registered": http.StatusConflict,
	"review-own": http.StatusForbidden, "finding-own": http.StatusForbidden,
	"signature-own-record": http.StatusForbidden, "signature-own": http.StatusForbidden, "permit-not-your-step": http.StatusForbidden,
	"agreement-concluded": http.StatusConflict, "agreement-numbered": http.StatusConflict, "agreement-terminates": http.StatusConflict, "agreement-destroyed": http.StatusConflict,
	"signature-twice": http.StatusConflict, "signature-checked": http.StatusConflict, "signature-none": http.StatusConflict,
	"permit-out-of-turn": http.StatusConflict, "permit-answered": http.StatusConflict, "permit-region-revoked": http.StatusConflict, "permit-region-closed": http.StatusConflict,
	"permit-report-filed": http.StatusConflict, "permit-report-none": http.StatusConflict,
	"version-own": http.StatusForbidden, "version-office-first": http.StatusForbidden, "figures-own": http.StatusForbidden, "figures-office-first": http.StatusForbidden, "version-unknown": http.StatusNotFound, "api-no-before": http.StatusNotFound,
	"version-staged": http.StatusConflict, "version-accepted": http.StatusConflict, "version-superseded": http.StatusConflict, "version-withdrawn": http.StatusConflict, "version-erased": http.StatusConflict,
	"upload-large": http.StatusRequestEntityTooLarge, "upload-full": http.StatusServiceUnavailable, "api-check-long": http.StatusServiceUnavailable, "upload-unkept": http.StatusServiceUnavailable,
	"store-busy": http.StatusServiceUnavailable, "store-unusable": http.StatusServiceUnavailable, "store-full": http.StatusInsufficientStorage,
}

// inWords makes an answer of an error, in a language.
func inWords(l i18n.Lang, err error) *Problem { return inWordsOf(operation{}, l, err) }

// inWordsOf is inWords for an error of an operation.
func inWordsOf(o operation, l i18n.Lang, err error) *Problem {
	var answered *Problem
	if errors.As(err, &answered) {
		return answered
	}
	var stale *store.Stale
	var denial *access.Denial
	found := problem.Of(err)
	if len(found) == 0 {
		slog.Error("api: unexpected", "error", problem.Mask(err.Error()))
		return failure(l, http.StatusInternalServerError, problem.New("api-internal").Because(err))
	}
	p := found[0]
	switch {
	case errors.As(err, &stale):
		if stale.Last.Seq == 0 {
			return failure(l, http.StatusNotFound, p)
		}
		a := failureOf(o, l, http.StatusConflict, p)
		a.Changed = &Changed{Revision: stale.Last.Seq, User: stale.Last.Actor.User, At: stale.Last.At, Event: stale.Last.Type}
		return a
	case errors.As(err, &denial):
		a := failure(l, http.StatusForbidden, p)
		a.Right = string(denial.Permission)
		for _, r := range denial.Roles() {
			a.Roles = append(a.Roles, string(r))
		}
		return a
	case strings.HasPrefix(p.Code, "state-"):
		return failure(l, http.StatusConflict, p)
	}
	status, ok := statuses[p.Code]
	if !ok {
		status = http.StatusUnprocessableEntity
	}
	a := failureOf(o, l, status, found...)
	if status == http.StatusForbidden && p.Code == "token-read-only" {
		a.Right = "scope:" + string(store.WriteScope)
	}
	if status >= http.StatusInternalServerError {
		slog.Error("api: the store", "error", problem.Mask(err.Error()))
	}
	return a
}

// fail makes the error of an operation an answer. Who changed a stale object is
// named, for an identifier tells nobody whom to ask.
func (a *API) fail(ctx context.Context, err error) error {
	c := calling(ctx)
	answer := inWordsOf(operating(ctx), c.lang, err)
	var stale *store.Stale
	if answer.Changed == nil || !errors.As(err, &stale) {
		return answer
	}
	if viewErr := a.record.View(ctx, func(r *store.Reader) error {
		names, err := store.NamesOf(r, []string{answer.Changed.User})
		answer.Changed.Name = names[answer.Changed.User]
		return err
	}); viewErr != nil {
		return inWords(c.lang, viewErr)
	}
	if named := problem.Of(stale); answer.Changed.Name != "" && len(named) > 0 {
		named[0].Values["who"] = answer.Changed.Name
		answer.Detail = named[0].Text(c.lang)
	}
	return answer
}

// write sends a problem outside of huma.
func write(w http.ResponseWriter, p *Problem) {
	b, err := json.Marshal(p)
	if err != nil {
		b = []byte("{}")
	}
	w.Header().Set("Content-Type", problemType)
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(b, '\n')) // nobody is left to tell
}

// settle makes huma speak our error type and our words; it has one setting for
// the whole program.
var settle = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return checked(i18n.ID, LargestBody, status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		most := int64(LargestBody)
		if o := ctx.Operation(); o != nil && o.MaxBodyBytes > 0 {
			most = o.MaxBodyBytes - 1
		}
		return checked(languageOf(ctx.Header("Accept-Language")), most, status, message, errs)
	}
})

// checked puts what huma found wrong in a request into words; most is how large
// its body may be.
func checked(l i18n.Lang, most int64, status int, message string, errs []error) *Problem {
	if status == 0 {
		return &Problem{} // huma asks for the type
	}
	for _, err := range errs {
		var answered *Problem
		if errors.As(err, &answered) {
			return answered
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return failure(l, status, problem.New("api-large", "most", most))
	case status == http.StatusRequestTimeout:
		return failure(l, status, problem.New("api-slow"))
	case message == "cannot read request body":
		return failure(l, http.StatusBadRequest, problem.New("api-cut"))
	case message == "request body is required":
		return failure(l, http.StatusBadRequest, problem.New("api-body-missing"))
	case status >= http.StatusInternalServerError:
		slog.Error("api: unexpected", "message", message, "errors", errs)
		return failure(l, http.StatusInternalServerError, problem.New("api-internal"))
	}
	a := failure(l, status, problem.New("api-invalid"))
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		field, p := fault(status, d)
		a.Errors = append(a.Errors, Wrong{Field: field, Code: p.Code, Detail: p.Text(l)})
	}
	if len(a.Errors) > 0 {
		a.Code, a.Detail = a.Errors[0].Code, a.Errors[0].Field+": "+a.Errors[0].Detail
	}
	return a
}

// fault tells which field is wrong and how, from huma's English sentence; one
// that is not known here still has the general words, never English ones.
func fault(status int, d *huma.ErrorDetail) (field string, p *problem.Problem) {
	field = d.Location
	m := d.Message
	after := func(prefix string) (string, bool) { return strings.CutPrefix(m, prefix) }
	if status == http.StatusUnsupportedMediaType {
		return field, problem.New("api-media")
	}
	if status == http.StatusBadRequest {
		return field, problem.New("api-json")
	}
	if rest, ok := after("expected required property "); ok {
		name := strings.TrimSuffix(rest, " to be present")
		return field + "." + name, problem.New("api-missing")
	}
	if rest, ok := after("expected value to be one of \""); ok {
		return field, problem.New("api-choice", "expected", strings.Split(strings.TrimSuffix(rest, "\""), ", "))
	}
	for prefix, code := range map[string]string{
		"expected length <= ": "api-long", "expected length >= ": "api-short", "expected number >= ": "api-least", "expected number <= ": "api-most",
		"expected array length <= ": "api-many", "expected array length >= ": "api-few",
	} {
		if rest, ok := after(prefix); ok {
			return field, problem.New(code, "limit", rest)
		}
	}
	switch m {
	case "unexpected property", "unknown query parameter":
		return field, problem.New("api-field-unknown")
	case "expected string":
		return field, problem.New("api-text")
	case "expected integer", "expected number", "invalid integer":
		return field, problem.New("api-number")
	case "expected array":
		return field, problem.New("api-list")
	case "expected object":
		return field, problem.New("api-object")
	case "expected string to be RFC 3339 date":
		return field, problem.New("api-day")
	case "expected array items to be unique":
		return field, problem.New("api-twice")
	}
	return field, problem.New("api-unfit")
}
