package report

import (
	"slices"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
)

// A plan of many outcomes would fill a page with sentences that differ in a
// name alone: from so many outcomes on, those of one kind share a sentence. An
// effect keeps its own, with its number, up to mostEffects of a kind.
const (
	manyOutcomes = 4
	mostEffects  = 5
)

// kind is what the answer about an outcome says: a finding, or that a check
// failed.
type kind string

const notCausal kind = "not-causal"

func (in Input) kindOf(o plan.Outcome, l i18n.Lang) kind {
	e, _ := headline(in.Result, o.Column)
	f := find(e, o, in.Study.Plan.Inference.Level)
	if _, broken := in.failed(o, l); broken && !f.none() {
		return notCausal
	}
	return kind(f)
}

// effect tells whether a kind says that the outcome changed.
func (k kind) effect() bool {
	return slices.Contains([]kind{kind(foundBetter), kind(foundWorse), kind(foundOther)}, k)
}

// sentences are the answers, one an outcome; of many outcomes the effects come
// first.
func (in Input) sentences(l i18n.Lang) []string {
	outcomes := in.Study.Plan.Outcomes
	var effects, others []string
	kinds, of := grouped(outcomes, func(o plan.Outcome) kind { return in.kindOf(o, l) })
	if len(outcomes) < manyOutcomes {
		for _, o := range outcomes {
			others = append(others, in.answer(o, l))
		}
		return others
	}
	for _, k := range kinds {
		to, most := &others, 1
		if k.effect() {
			to, most = &effects, mostEffects
		}
		if len(of[k]) > most {
			values := in.words(of[k][0], l)
			values["names"] = listed(of[k], l)
			*to = append(*to, i18n.Text(l, "report.answer.many."+string(k), values))
			continue
		}
		for _, o := range of[k] {
			*to = append(*to, in.answer(o, l))
		}
	}
	return append(effects, others...)
}

// conclusions are what an officer may conclude; each names its outcomes where
// the plan has several.
func (in Input) conclusions(l i18n.Lang) []labelled {
	outcomes := in.Study.Plan.Outcomes
	if len(outcomes) == 1 {
		return []labelled{{i18n.Text(l, "report.conclude", nil), in.conclusion(outcomes[0], l)}}
	}
	label := func(of ...plan.Outcome) string {
		return i18n.Text(l, "report.conclude.of", map[string]any{"names": listed(of, l)})
	}
	var out []labelled
	if len(outcomes) < manyOutcomes {
		for _, o := range outcomes {
			out = append(out, labelled{label(o), in.conclusion(o, l)})
		}
		return out
	}
	keys, of := grouped(outcomes, func(o plan.Outcome) string { return in.conclusionKey(o, l) })
	for _, key := range keys {
		text := in.conclusion(of[key][0], l)
		if len(of[key]) > 1 {
			values := in.words(of[key][0], l)
			for _, own := range []string{"size", "mde", "matters", "adjusted", "all_matters", "may_be_small"} {
				delete(values, own) // the numbers of one outcome
			}
			text = i18n.Text(l, key, values)
		}
		out = append(out, labelled{label(of[key]...), text})
	}
	return out
}

// grouped parts outcomes by a key; keys stand in the order of their first.
func grouped[K comparable](outcomes []plan.Outcome, by func(plan.Outcome) K) ([]K, map[K][]plan.Outcome) {
	var keys []K
	of := map[K][]plan.Outcome{}
	for _, o := range outcomes {
		k := by(o)
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], o)
	}
	return keys, of
}

// conditional tells whether a sentence claims cause and effect under the
// conditions of the design, which the text must then print.
func (in Input) conditional(l i18n.Lang) bool {
	return slices.ContainsFunc(in.Study.Plan.Outcomes, func(o plan.Outcome) bool {
		e, known := headline(in.Result, o.Column)
		if !known {
			return false
		}
		_, since := e.Details["first_year"]
		return !since && in.kindOf(o, l).effect()
	})
}
