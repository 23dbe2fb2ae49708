package trail;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a test validates: its own annotations and those of the classes it stands in. */
final class Validated {
    private Validated() {}

    /**
     * Returns the criteria of a test, each once, those of the outermost class first. An inherited
     * test has those of the class it is written in, too.
     *
     * @throws IllegalArgumentException if an annotation is malformed
     */
    static List<Link> by(Class<?> test, Method method) {
        Set<Link> found = new LinkedHashSet<>();
        if (method.getDeclaringClass() != test) {
            around(method.getDeclaringClass(), found);
        }
        around(test, found);
        add(method, found);
        return List.copyOf(found);
    }

    /** Checks the annotations of a class and of those around it. */
    static void check(Class<?> test) {
        around(test, new LinkedHashSet<>());
    }

    private static void around(Class<?> innermost, Set<Link> found) {
        Deque<Class<?>> classes = new ArrayDeque<>();
        for (Class<?> each = innermost; each != null; each = each.getEnclosingClass()) {
            classes.addFirst(each);
        }
        classes.forEach(each -> add(each, found));
    }

    private static void add(AnnotatedElement element, Set<Link> found) {
        for (Validates one : element.getDeclaredAnnotationsByType(Validates.class)) {
            found.addAll(Link.read("Validates", one.workItem(), one.criterion(), one.revision()));
        }
    }
}
