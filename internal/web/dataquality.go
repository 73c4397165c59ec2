package web

import (
	"regexp"
	"strconv"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// qualityBlocks say what was found in the file of a version, by rule.
func (c *call) qualityBlocks(x dataset) ([]block, error) {
	q, err := c.qualityOf(*x.shown, x.unseen)
	if err != nil {
		return nil, err
	}
	b := block{ID: "mutu", Title: c.t("data.quality.title"), Facts: c.qualityFacts(q), Table: c.ruleTable(q)}
	if b.Table == nil {
		b.Note = c.t("data.quality.clean")
	}
	b.Actions = []action{{Text: c.t("data.quality.rows"), Link: c.link(c.versionPath(x.ID, "mutu", x.shown.Number)), Plain: true}}
	return append([]block{b}, c.findings(q)...), nil
}

func (c *call) versionPath(id, what string, number int64) string {
	return nounPath["dataset"] + "/" + id + "/" + what + "/" + strconv.FormatInt(number, 10)
}

func (c *call) qualityFacts(q intake.Quality) []fact {
	number := func(n int64) string { return i18n.Number(c.lang, float64(n), 0) }
	facts := []fact{{Name: c.t("col.file"), Text: q.File}, {Name: c.t("data.quality.form"), Text: c.words("intake.form." + string(q.Form))},
		{Name: c.t("data.quality.read"), Text: number(q.Read)}, {Name: c.t("data.quality.accepted"), Text: number(q.Accepted)}, {Name: c.t("data.quality.rejected"), Text: number(q.Rejected)}}
	if q.Totals+q.Sections > 0 {
		facts = append(facts, fact{Name: c.t("data.quality.skipped"), Text: c.t("upload.skipped", "totals", q.Totals, "sections", q.Sections)})
	}
	return facts
}

// ruleTable are the rules that rows broke, with how many; nil where none did.
func (c *call) ruleTable(q intake.Quality) *table {
	if len(q.Counts) == 0 {
		return nil
	}
	t := table{Head: c.heads("rule", "rows")}
	for _, x := range q.Counts {
		t.Rows = append(t.Rows, []cell{text(c.says(intake.CountProblem(contract.Count(x)))), c.count(x.Rows)})
	}
	return &t
}

// findings are what stands between rows, periods and official figures; none of it
// rejects a row, and somebody should look.
func (c *call) findings(q intake.Quality) []block {
	var all []block
	if len(q.Findings) > 0 {
		t := table{Head: c.heads("found", "examples")}
		for _, f := range q.Findings {
			row := []cell{text(sentence(f.Text(c.lang))), {}}
			if len(f.Examples) > 0 {
				row[1] = text(f.ExampleText(c.lang, f.Examples[0]))
			}
			t.Rows = append(t.Rows, row)
		}
		all = append(all, block{ID: "temuan", Title: c.t("data.findings"), Table: &t, Note: c.t("data.findings.note")})
	}
	var lines []string
	for _, x := range q.Cautions {
		if says, whole := c.cautionOf(x); whole {
			lines = append(lines, says)
		}
	}
	if more := len(q.Cautions) - len(lines); more > 0 {
		lines = append(lines, c.t("data.cautions.more", "n", more))
	}
	if len(lines) > 0 {
		all = append(all, block{ID: "catatan", Title: c.t("upload.cautions"), Lines: lines})
	}
	return all
}

// cautionOf puts a caution of a version into words; false where something of the
// sentence was not kept, for it may have been a cell.
func (c *call) cautionOf(x intake.QualityCaution) (string, bool) {
	key := "problem." + x.Code
	if !i18n.Has(c.lang, key) {
		return "", false
	}
	for _, m := range placeholders.FindAllStringSubmatch(i18n.Raw(c.lang, key), -1) {
		if _, ok := x.Numbers[m[1]]; !ok {
			return "", false
		}
	}
	return c.says(&problem.Problem{Code: x.Code, Values: x.Numbers}), true
}

// placeholders are where a sentence of the catalogue has a value.
var placeholders = regexp.MustCompile(`\{([A-Za-z_]+)`)

// versionAt gives the dataset and the version that the address names.
func (c *call) versionAt() (o object, v registry.DatasetVersion, err error) {
	err = c.view(func(r *store.Reader) (err error) {
		o, err = datasets().object(c, r, c.r.PathValue("id"))
		return err
	})
	if err != nil {
		return o, v, err
	}
	number, _ := strconv.ParseInt(c.r.PathValue("versi"), 10, 64)
	all := o.value.(dataset).Versions
	if number < 1 || number > int64(len(all)) {
		return o, v, errNotFound
	}
	return o, all[number-1], nil
}

// dataContract hands out the contract of a version as a file.
func (p *Pages) dataContract(c *call) error {
	o, v, err := c.versionAt()
	if err != nil {
		return err
	}
	src, err := c.kept(v.Contract)
	if err != nil {
		return err
	}
	if unseen := o.value.(dataset).unseen; len(unseen.Columns) > 0 {
		k, err := contract.Parse(src, "kontrak.json")
		if err != nil {
			return err
		}
		src = k.Without(unseen.Hides).JSON()
	}
	c.attachment("application/json", c.t("data.contract.name", "name", o.title, "number", v.Number))
	_, _ = c.w.Write(src) // a reader who has gone needs no answer
	return nil
}

// dataQuality lists the rejected rows of a version: number, rule and masked value. The
// rows themselves went back at the upload and are nowhere.
func (p *Pages) dataQuality(c *call) error {
	o, v, err := c.versionAt()
	if err != nil {
		return err
	}
	unseen := o.value.(dataset).unseen
	q, err := c.qualityOf(v, unseen)
	if err != nil {
		return err
	}
	s := sheet{Heading: c.t("data.quality.heading", "number", v.Number, "rejected", q.Rejected, "read", q.Read), Lead: o.title, Title: c.t("data.quality"), Section: "data",
		Crumbs: append(datasets().crumbs(c), action{Text: o.title, Link: c.link(nounPath["dataset"] + "/" + o.ID)})}
	s.Blocks = append(append(c.unseenBlock(unseen), block{Facts: c.qualityFacts(q), Table: c.ruleTable(q)}), c.findings(q)...)
	t := table{Head: c.heads("row", "column", "rule", "value"), Empty: c.t("data.quality.clean")}
	for _, x := range q.Rejects {
		for _, b := range x.Breaks {
			b := contract.Break{Rule: b.Rule, Field: b.Field, Value: b.Value, Limit: b.Limit}
			t.Rows = append(t.Rows, []cell{c.count(x.Row), text(b.Field), text(sentence(b.Text(c.lang))), text(b.Value)})
		}
	}
	if q.More > 0 {
		s.Blocks = append(s.Blocks, block{Note: c.t("data.quality.more", "n", q.More)})
	}
	return c.list(s, t)
}
