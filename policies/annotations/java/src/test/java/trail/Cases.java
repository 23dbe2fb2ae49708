package trail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the words every annotation package must take or refuse. */
final class Cases {
    final int line;
    final boolean good;
    final String workItem;
    final String[] criteria;
    final String revision;
    final String expected;

    private Cases(int line, String[] columns) {
        this.line = line;
        good = columns[0].equals("ok");
        workItem = text(columns[1]);
        String[] named = columns[2].equals("-") ? new String[0] : columns[2].split(" ");
        criteria = List.of(named).stream().map(Cases::text).toArray(String[]::new);
        revision = columns[3].equals("-") ? null : columns[3];
        expected = columns[4];
    }

    static List<Cases> read() throws IOException {
        List<Cases> cases = new ArrayList<>();
        List<String> rows = Files.readAllLines(Path.of("../cases.tsv"));
        for (int row = 0; row < rows.size(); row++) {
            if (!rows.get(row).isEmpty() && !rows.get(row).startsWith("#")) {
                cases.add(new Cases(row + 1, rows.get(row).split("\t")));
            }
        }
        return cases;
    }

    private static String text(String word) {
        return word.equals("''") ? "" : word;
    }
}
