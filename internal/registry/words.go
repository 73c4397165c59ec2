package registry

// Words are the names of a thing in both languages of the program.
type Words struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

func (w Words) clean() Words { return Words{Clean(w.ID), Clean(w.EN)} }

func (w Words) check(field string) error {
	if err := CheckText(field+"-id", w.ID, LongestName, false); err != nil {
		return err
	}
	return CheckText(field+"-en", w.EN, LongestName, false)
}

// blank tells that nothing is said, in either language.
func (w Words) blank() bool { return w == Words{} }

// checkLong is check for a text that may be long, and may be blank in both
// languages.
func (w Words) checkLong(field string) error {
	if w.blank() {
		return nil
	}
	if err := CheckText(field+"-id", w.ID, LongestReason, true); err != nil {
		return err
	}
	return CheckText(field+"-en", w.EN, LongestReason, true)
}
