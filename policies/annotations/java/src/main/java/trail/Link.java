package trail;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One criterion that an annotation names. */
final class Link {
    private static final String WORD = "[A-Za-z0-9][A-Za-z0-9._-]*";

    /** Plane's and Jira's keys, and GitHub's references. */
    private static final Pattern WORK_ITEM =
            Pattern.compile(WORD + "-[1-9][0-9]*|(?:" + WORD + "/" + WORD + ")?#[1-9][0-9]*");

    private static final Pattern CRITERION =
            Pattern.compile("(AC-(?:0|[1-9][0-9]{0,3}))(@[1-9][0-9]{0,8})?");

    private static final int LARGEST_REVISION = 999_999_999;

    /** The work item's key. */
    final String workItem;

    /** The criterion as reports carry it: {@code AC-3}, or {@code AC-3@2}. */
    final String claim;

    private Link(String workItem, String claim) {
        this.workItem = workItem;
        this.claim = claim;
    }

    /**
     * Returns what an annotation names.
     *
     * @param revision 0 for none
     * @throws IllegalArgumentException saying what is wrong and what to write
     */
    static List<Link> read(String annotation, String workItem, String[] criteria, int revision) {
        if (!WORK_ITEM.matcher(workItem).matches()) {
            throw refused(annotation, "`" + workItem + "` cannot be a work item");
        }
        if (criteria.length == 0) {
            throw refused(annotation, "no criterion is named");
        }
        Set<String> seen = new LinkedHashSet<>();
        List<Link> links = new ArrayList<>();
        for (String text : criteria) {
            Matcher parts = CRITERION.matcher(text);
            if (!parts.matches()) {
                throw refused(annotation, "`" + text + "` cannot be a criterion");
            }
            if (!seen.add(parts.group(1))) {
                throw refused(annotation, "`" + parts.group(1) + "` is named twice");
            }
            links.add(new Link(workItem, text));
        }
        if (revision == 0) {
            return links;
        }
        if (revision < 0 || revision > LARGEST_REVISION) {
            throw refused(annotation, "`" + revision + "` cannot be a revision");
        }
        if (links.size() > 1) {
            String reason = "a revision goes with one criterion, in a list it is written \"AC-3@2\"";
            throw refused(annotation, reason);
        }
        String only = links.get(0).claim;
        if (only.contains("@")) {
            throw refused(annotation, "`" + only + "` names its revision already");
        }
        return List.of(new Link(workItem, only + "@" + revision));
    }

    /** Returns an error that says what is wrong and what to write. */
    static IllegalArgumentException refused(String annotation, String reason) {
        return new IllegalArgumentException(
                reason
                        + "; write @"
                        + annotation
                        + "(workItem = \"PROJ-1234\", criterion = \"AC-3\")");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Link
                && workItem.equals(((Link) other).workItem)
                && claim.equals(((Link) other).claim);
    }

    @Override
    public int hashCode() {
        return Objects.hash(workItem, claim);
    }

    @Override
    public String toString() {
        return workItem + "/" + claim;
    }
}
