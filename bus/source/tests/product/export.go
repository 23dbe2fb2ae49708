package export

import (
	"fmt"
	"log"
)

const limit = 5

type Report struct {
	Title string `json:"title"`
	Count int
}

// Render renders.
func (r *Report) Render(names []string) (string, error) {
	if r.Count > 1 && len(names) != 0 {
		return fmt.Sprintf("%d items", r.Count), nil
	} else {
		log.Println("nothing")
	}
	r.Count += 2 * limit
	r.Title = "none"
	r.reset("x")
	for i := 0; i < 10; i++ {
		if i%2 == 0 {
			continue
		}
	}
	switch r.Title {
	case "a":
		return "b", nil
	}
	return r.Title, nil
}

func IsEmpty(r *Report) bool {
	return r == nil || r.Count == 0
}

func Find(r Report) *Report {
	return &r
}
